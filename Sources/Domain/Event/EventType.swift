// The stored numbers of the event types, and what was promised about each.

/// A type number as it stands in record headers.
package enum EventType: UInt16, CaseIterable, Sendable {
    case gatewayStarted = 0x8001
    case tornTailCut = 0x8002
    case gapRecorded = 0x8003
    case trunkCreated = 0x8010
    case trunkUpdated = 0x8011
    case trunkCredentialRotated = 0x8012
    case trunkDeleted = 0x8013
    case carrierCreated = 0x8020
    case carrierUpdated = 0x8021
    case carrierDeleted = 0x8022
    case routeCreated = 0x8030
    case routeUpdated = 0x8031
    case routeDeleted = 0x8032
    case hostResolved = 0x0040
    case unauthenticatedCounted = 0x0041
    case requestReceived = 0x8050
    case requestSent = 0x8051
    case responseReceived = 0x8052
    case responseSent = 0x8053
    case timerFired = 0x0054
    case transportFailed = 0x0055
    case repeatsAbsorbed = 0x0056
    case callOffered = 0x8060
    case callRefused = 0x8061
    case callAuthorised = 0x8062
    case callRouted = 0x8063
    case callProgressed = 0x8064
    case callAnswered = 0x8065
    case attemptFailed = 0x8066
    case attemptSettled = 0x8067
    case dialogRefreshed = 0x8068
    case mediaChanged = 0x8069
    case mediaLatched = 0x806a
    case mediaStarted = 0x806b
    case mediaReported = 0x806c
    case callEnded = 0x806d

    /// Whether a reader that does not know the type must refuse to fold.
    package var isCritical: Bool { rawValue & 0x8000 != 0 }

    /// What is promised: an auditor reads it in the record's header.
    package var durability: Durability {
        switch self {
        case .mediaReported, .repeatsAbsorbed, .unauthenticatedCounted, .hostResolved: .lazy
        case .requestReceived, .requestSent, .responseReceived, .responseSent, .timerFired,
            .transportFailed, .callProgressed, .callRouted, .mediaChanged, .mediaLatched,
            .mediaStarted, .attemptFailed, .attemptSettled, .dialogRefreshed:
            .group
        default: .sync
        }
    }
}

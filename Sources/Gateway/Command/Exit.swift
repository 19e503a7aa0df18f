// How commands end: what they print and the status that scripts see.

import ArgumentParser
import EventStore
import Foundation

/// Exit statuses. 0 is done.
enum Exit {
    /// Refused, not found, or not possible now.
    static let refused = ExitCode(1)
    static let usage = ExitCode(2)
    static let damagedLog = ExitCode(3)
    /// Something is not as the log says, would not have been as it says, or breaks a rule.
    static let different = ExitCode(3)
    static let failedDisk = ExitCode(4)

    /// Prints why, on one line, and gives the status.
    static func failure(_ error: any Error) -> ExitCode {
        if let code = error as? ExitCode { return code }
        standardError("trunkline: \(error)")
        switch error {
        case is SettingsError: return usage
        case let error as LogError:
            switch error.kind {
            case .damaged, .inconsistent: return damagedLog
            case .wrongKey: return usage
            case .failedDisk, .needsReboot: return failedDisk
            case .unavailable, .locked, .unknownEvent, .newerFormat: return refused
            }
        default: return refused
        }
    }

    /// What a command printed before comes before, also where both go to one file.
    static func standardError(_ line: String) {
        fflush(nil)
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}

// What the core decided, and why, in words: the part of a ladder that no packet capture has.

package import Domain

/// One fact of a call as a line of text.
package struct Fact: Hashable, Sendable {
    /// What kind of line it is, so that pictures can tell them apart.
    package enum Kind: Sendable {
        case decision, media, failure
    }

    package var kind: Kind
    package var text: String

    /// Nil for messages, and for events that say nothing of a call.
    package init?(_ event: Event) {
        guard let (kind, text) = Self.call(event) ?? Self.media(event) ?? Self.failure(event)
        else { return nil }
        self.kind = kind
        self.text = text
    }

    private static func call(_ event: Event) -> (Kind, String)? {
        switch event {
        case .callOffered(let event):
            (.decision, "call from \(text(event.callerNumber)) to \(text(event.calledNumber))")
        case .callAuthorised(let event): (.decision, authorised(event))
        case .callRouted(let event): (.decision, routed(event))
        case .callProgressed(let event):
            (.decision, "ringing: \(event.status)\(event.earlyMedia ? " with early media" : "")")
        case .callAnswered(let event):
            (.decision, "answered by attempt \(event.attempt), \(event.codec)")
        case .attemptSettled(let event):
            (
                .decision,
                "attempt \(event.attempt) is over\(event.lateAnswer ? ": it answered too late" : "")"
            )
        case .dialogRefreshed(let event):
            (.decision, "the \(event.leg) is now reached at \(text(event.remoteTarget))")
        case .callEnded(let event): (.decision, ended(event))
        default: nil
        }
    }

    private static func authorised(_ event: CallAuthorised) -> String {
        let proof =
            event.method.contains(.basic)
            ? "digest of \(text(event.username))" : "source address"
        return "trunk \(event.domainName), version \(event.trunkVersion), known by \(proof)"
    }

    private static func routed(_ event: CallRouted) -> String {
        let carrier = event.carrier == nil ? "" : ", version \(event.carrierVersion),"
        return "attempt \(event.attempt): \(event.destination)\(carrier) by route "
            + "\("\(event.route)".prefix(8)), version \(event.routeVersion)"
    }

    private static func ended(_ event: CallEnded) -> String {
        let reasons = event.reasons.map { " (\(text($0)))" }.joined()
        let recovery = event.recovery.map {
            ", lived through an outage from \($0.outageStart) to \($0.outageEnd)"
        }
        return "ended by the \(event.by.name): \(event.cause.name)\(reasons)\(recovery ?? ""), "
            + "CDR \(event.cdrNumber)"
    }

    private static func media(_ event: Event) -> (Kind, String)? {
        switch event {
        case .mediaChanged(let event):
            (.media, "media: " + event.streams.map(stream).joined(separator: "; "))
        case .mediaStarted(let event): (.media, "first RTP from the \(event.leg)")
        case .mediaLatched(let event):
            (
                .media,
                "\(event.rtcp ? "RTCP" : "RTP") of the \(event.leg) comes from \(event.remote)"
            )
        case .mediaReported(let event):
            (
                .media,
                "RTP\(event.isFinal ? "" : " so far"): \(figures(event.fromCaller)) from the caller, "
                    + "\(figures(event.fromDestination)) from the destination"
            )
        default: nil
        }
    }

    private static func stream(_ stream: MediaStream) -> String {
        func side(_ side: MediaSide) -> String {
            "port \(side.port) for " + (side.rtp.map { "\($0)" } ?? "an address not known yet")
        }
        let destination = stream.destination.port == 0 ? "" : ", \(side(stream.destination))"
        return side(stream.caller) + destination
    }

    private static func figures(_ figures: MediaFigures) -> String {
        "\(figures.packets) packets (\(figures.lost) lost)"
    }

    private static func failure(_ event: Event) -> (Kind, String)? {
        switch event {
        case .callRefused(let event):
            (
                .failure,
                "refused with \(event.status): \(event.reason.meaning), CDR \(event.cdrNumber)"
            )
        case .attemptFailed(let event):
            (
                .failure,
                "attempt \(event.attempt) failed: "
                    + (event.status == 0 ? "no response" : "\(event.status) \(text(event.phrase))")
                    + (event.cause.map { ", \($0.name)" } ?? "")
            )
        case .timerFired(let event): (.failure, "timer \(event.timer) of the \(event.leg) ran out")
        case .transportFailed(let event):
            (.failure, "cannot reach \(event.remote): \(event.reason)")
        default: nil
        }
    }

    private static func text(_ octets: Octets) -> String { String(decoding: octets, as: UTF8.self) }
}

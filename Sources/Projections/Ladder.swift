// A call as a ladder: who sent what to whom, when, and what was decided in between.

package import Domain

/// The picture of one call in text.
package struct Ladder {
    private let records: [Record]
    private let width = 40

    /// All records of the call's stream, in order.
    package init(_ records: [Record]) { self.records = records }

    package var text: String {
        guard let first = records.first else { return "" }
        var lines = [
            row("time", center("caller"), center("trunkline"), center("destination"))
        ]
        for record in records {
            let seen = step(record.event)?.seen ?? record.stamp.wall
            let offset = Double((seen - first.stamp.wall).nanoseconds) / 1e9
            let sign = offset < 0 ? "-" : "+"
            let tenths = Int64((abs(offset) * 1_000).rounded())
            let fraction = String(tenths % 1_000)
            let time =
                "\(sign)\(tenths / 1_000)."
                + String(repeating: "0", count: 3 - fraction.count) + fraction
            lines += line(record.event).map { time.leftPadded(9) + "  " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ time: String, _ a: String, _ b: String, _ c: String) -> String {
        time.leftPadded(9) + "  " + a.prefix(12) + b + c
    }

    private func center(_ text: String) -> String {
        let total = text == "caller" ? 12 : width
        let left = (total - text.count) / 2
        return String(repeating: " ", count: max(0, left)) + text
            + String(repeating: " ", count: max(0, total - text.count - left))
    }

    private func step(_ event: Event) -> SignallingStep? {
        switch event {
        case .requestReceived(let step), .requestSent(let step), .responseReceived(let step),
            .responseSent(let step):
            step
        default: nil
        }
    }

    private func line(_ event: Event) -> [String] {
        switch event {
        case .requestReceived(let step), .responseReceived(let step):
            [arrow(step, isReceived: true)]
        case .requestSent(let step), .responseSent(let step):
            [arrow(step, isReceived: false)]
        default: note(event).map { ["      |  " + "· " + $0] } ?? []
        }
    }

    private func arrow(_ step: SignallingStep, isReceived: Bool) -> String {
        let label = String(Self.label(step).prefix(width - 8))
        let isRight = (step.leg == .caller) == isReceived
        let shaft = max(2, width - 6 - label.count)
        let line =
            String(repeating: "-", count: shaft / 2) + " \(label) "
            + String(repeating: "-", count: shaft - shaft / 2)
        let arrow = isRight ? line + ">" : "<" + line
        let blank = String(repeating: " ", count: width)
        return step.leg == .caller
            ? "      |" + arrow.rightPadded(width) + "|" + blank + "|"
            : "      |" + blank + "|" + arrow.rightPadded(width) + "|"
    }

    private static func label(_ step: SignallingStep) -> String {
        let method = String(decoding: step.method, as: UTF8.self)
        guard step.status != 0 else { return method }
        let phrase = (try? Message(parsing: step.message)).map {
            String(decoding: $0.phrase, as: UTF8.self)
        }
        let known = method == "INVITE" ? "" : " (\(method))"
        return "\(step.status) \(phrase ?? "")\(known)"
    }

    private func note(_ event: Event) -> String? {
        func text(_ octets: Octets) -> String { String(decoding: octets, as: UTF8.self) }
        return switch event {
        case .callOffered(let event):
            "call from \(text(event.callerNumber)) to \(text(event.calledNumber))"
        case .callAuthorised(let event):
            "authorised by \(event.method.contains(.basic) ? "digest" : "address"), trunk \(event.domainName)"
        case .callRefused(let event): "refused: \(event.reason.name)"
        case .callRouted(let event): "attempt \(event.attempt): \(event.destination)"
        case .callAnswered(let event): "answered, \(event.codec)"
        case .attemptFailed(let event):
            "attempt \(event.attempt) failed: \(event.status) \(event.cause?.name ?? "")"
        case .attemptSettled(let event):
            "attempt \(event.attempt) settled\(event.lateAnswer ? ", late answer" : "")"
        case .mediaChanged(let event): "media: \(event.streams.count) stream(s)"
        case .mediaStarted(let event): "first RTP from the \(event.leg)"
        case .mediaLatched(let event): "RTP of the \(event.leg) from \(event.remote)"
        case .mediaReported(let event):
            "RTP packets: \(event.fromCaller.packets) from caller, \(event.fromDestination.packets) from destination"
        case .timerFired(let event): "timer \(event.timer)"
        case .transportFailed(let event): "cannot reach \(event.remote): \(event.reason)"
        case .repeatsAbsorbed(let event):
            "\(text(event.method)) repeated: \(event.received) received, \(event.sent) sent"
        case .callEnded(let event):
            "ended by \(event.by.name): \(event.cause.name), CDR \(event.cdrNumber)"
        default: nil
        }
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }

    fileprivate func rightPadded(_ width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}

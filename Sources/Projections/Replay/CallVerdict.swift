// Why a call went as it did, for the person on the phone with the customer: in sentences, with what to
// do about it.

package import Domain

/// What became of a call, and why.
package struct CallVerdict {
    /// A sentence each: who called, what was decided, what came of each attempt, how it ended.
    package let sentences: [String]
    /// What to do about it; nil where nothing went wrong that the gateway can name.
    package let advice: String?
    private let reading: CallRecord

    /// All records of the call's stream, in order. Nil when its beginning is lost.
    package init?(_ records: [Record]) {
        guard let first = records.first, var reading = CallRecord(beginning: first) else {
            return nil
        }
        for record in records { reading.apply(record) }
        self.reading = reading
        let ends = records.filter { $0.event.cdrNumber != nil }
        let failures = records.compactMap { record -> String? in
            if case .attemptFailed = record.event { Fact(record.event)?.text } else { nil }
        }
        let trunk = records.first { $0.event.type == .callAuthorised }
        sentences =
            [Self.offer(reading), trunk.flatMap { Fact($0.event)?.text } ?? ""].filter {
                !$0.isEmpty
            }
            + failures + [Self.end(reading, ends.first)]
        advice = reading.refused?.reason.advice
    }

    private static func text(_ octets: Octets) -> String {
        String(decoding: octets, as: UTF8.self).printable
    }

    private static func offer(_ reading: CallRecord) -> String {
        let offered = reading.offered
        return "\(text(offered.callerNumber)) at \(offered.source) called "
            + "\(text(offered.requestURI)) at \(reading.invited.wall)"
    }

    private static func end(_ reading: CallRecord, _ event: Record?) -> String {
        let place = event.map { " (event \($0.number), CDR \($0.event.cdrNumber ?? 0))" } ?? ""
        if let refused = reading.refused {
            let tried = refused.username.isEmpty ? "" : ", as user \(text(refused.username))"
            return "refused with \(refused.status) \(refused.phrase): "
                + "\(refused.reason.meaning)\(tried)\(place)"
        }
        guard let ended = reading.ended?.event else { return "still in progress" }
        let reasons = ended.reasons.map { " (\(text($0)))" }.joined()
        let told =
            ended.callerStatus == 0
            ? ""
            : "; the caller was told "
                + "\(ended.callerStatus) \(text(ended.callerPhrase))"
        return "\(reading.result), ended by the \(ended.by.name): \(ended.cause.meaning)"
            + reasons + told + place
    }

    /// For scripts.
    package var json: JSON {
        .object([
            JSON.Member("call_id", .string("\(reading.id)")),
            JSON.Member("result", .string(reading.result)),
            JSON.Member("sentences", .array(sentences.map { .string($0) })),
            JSON.Member("advice", .optional(advice)),
        ])
    }
}

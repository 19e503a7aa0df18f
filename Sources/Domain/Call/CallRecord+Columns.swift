// The columns of a call detail record. This one list makes the table, the CSV header and the JSON
// members.

extension CallRecord {
    /// Name and value of each column, in the order of all exports.
    package var columns: [JSON.Member] {
        identity + origin + destination + times + outcome
            + Self.figures("caller", figures?.fromCaller)
            + Self.figures("destination", figures?.fromDestination) + [
                JSON.Member("first_event", .unsigned(firstEvent)),
                JSON.Member("last_event", .unsigned(lastEvent)),
            ]
    }

    /// The columns of a record that says nothing: for headers.
    package static var columnNames: [JSON.Member] {
        let offered = CallOffered(
            seed: 0, sipCallID: [], remoteTag: [], localTag: [], cseq: 0,
            source: Endpoint(.v4(0), 0), local: Endpoint(.v4(0), 0), requestURI: [], from: [],
            to: [], callerNumber: [], calledNumber: [], remoteTarget: [], routeSet: [],
            remoteSession: [], localSession: [])
        let record = Record(
            number: 0,
            stamp: Stamp(wall: WallTime(nanoseconds: 0), instant: Instant(nanoseconds: 0), boot: 0),
            stream: .gateway, eventID: EventID(epoch: 0, ordinal: 0), event: .callOffered(offered))
        return CallRecord(beginning: record)?.columns ?? []
    }

    /// `answered`, `refused`, `cancelled` or `failed`; `in_progress` while it goes on.
    package var result: String {
        if refused != nil { return "refused" }
        guard let ended else { return "in_progress" }
        if answered != nil { return "answered" }
        return ended.event.cause == .cancelled ? "cancelled" : "failed"
    }

    private var identity: [JSON.Member] {
        [
            JSON.Member("cdr_number", cdrNumber.map { .unsigned($0) } ?? .null),
            JSON.Member("call_id", .string("\(id)")),
            JSON.Member("result", .string(result)),
            JSON.Member("caller_sip_call_id", .octets(offered.sipCallID)),
            JSON.Member(
                "destination_sip_call_id",
                .octets(kept?.routed.sipCallID ?? [])),
            JSON.Member("session_id", .octets(offered.localSession)),
            JSON.Member("customer_id", .optional(customer.map { "\($0)" })),
            JSON.Member("trunk_id", .optional(trunk.map { "\($0)" })),
            JSON.Member(
                "trunk_version",
                .unsigned(authorised?.trunkVersion ?? refused?.trunkVersion ?? 0)),
            JSON.Member("domain_name", .optional(authorised?.domainName)),
        ]
    }

    private var customer: CustomerID? { authorised?.customer ?? refused?.customer }
    private var trunk: TrunkID? { authorised?.trunk ?? refused?.trunk }

    /// The attempt that answered, or else the last one.
    private var kept: Attempt? {
        guard let answered else { return attempts.last }
        return attempts.first { $0.routed.attempt == answered.event.attempt }
    }

    private var origin: [JSON.Member] {
        let method: String? = authorised.map { $0.method.contains(.basic) ? "basic" : "ip" }
        return [
            JSON.Member("auth_method", .optional(method)),
            JSON.Member("username", .octets(authorised?.username ?? refused?.username ?? [])),
            JSON.Member("source", .string("\(offered.source)")),
            JSON.Member("caller_number", .octets(offered.callerNumber)),
            JSON.Member("called_number", .octets(offered.calledNumber)),
            JSON.Member("request_uri", .octets(offered.requestURI)),
        ]
    }

    private var destination: [JSON.Member] {
        let tries = attempts.map { attempt in
            let cause = attempt.cause.map { "/\($0.name)" } ?? ""
            let late = attempt.lateAnswer ? "/late_answer" : ""
            return "\(attempt.routed.destination)=\(attempt.status)\(cause)\(late)"
        }
        return [
            JSON.Member("destination", .optional(kept?.routed.destination)),
            JSON.Member("route_id", .optional(kept.map { "\($0.routed.route)" })),
            JSON.Member("route_version", .unsigned(kept?.routed.routeVersion ?? 0)),
            JSON.Member("carrier_id", .optional(kept?.routed.carrier.map { "\($0)" })),
            JSON.Member("carrier_version", .unsigned(kept?.routed.carrierVersion ?? 0)),
            JSON.Member("destination_address", .optional(kept?.routed.target.map { "\($0)" })),
            JSON.Member("sent_caller_number", .octets(kept?.routed.callerNumber ?? [])),
            JSON.Member("sent_called_number", .octets(kept?.routed.calledNumber ?? [])),
            JSON.Member("attempt_count", .integer(Int64(attempts.count))),
            JSON.Member("attempts", .string(tries.joined(separator: " "))),
        ]
    }

    private var times: [JSON.Member] {
        [
            JSON.Member("invite_at", Self.time(invited.wall)),
            JSON.Member("ring_at", Self.time(ring?.wall)),
            JSON.Member("early_media_at", Self.time(earlyMedia)),
            JSON.Member("answered_at", Self.time(answered?.at.wall)),
            JSON.Member("ended_at", Self.time(ended?.at.wall ?? refusedAt?.wall)),
            JSON.Member("ring_ms", ringing.map { .integer($0 / 1_000_000) } ?? .null),
            JSON.Member(
                "talk_ms", talk.map { .integer($0.nanoseconds / 1_000_000) } ?? .null),
            JSON.Member(
                "talk_basis", .optional(talk.map { $0.isMonotonic ? "monotonic" : "wall" })),
        ]
    }

    private var outcome: [JSON.Member] {
        let event = ended?.event
        let status = refused?.status ?? event.map { $0.callerStatus } ?? 0
        let phrase = refused.map { Octets($0.phrase.utf8) } ?? event?.callerPhrase ?? []
        return [
            JSON.Member("ended_by", .optional(event?.by.name ?? refused.map { _ in "gateway" })),
            JSON.Member("cause", .optional(event?.cause.name)),
            JSON.Member("refusal_reason", .optional(refused?.reason.name)),
            JSON.Member("sip_status", .unsigned(answered?.event.status ?? status)),
            JSON.Member("sip_phrase", .octets(answered?.event.phrase ?? phrase)),
            JSON.Member("destination_status", .unsigned(event?.destinationStatus ?? 0)),
            JSON.Member("destination_phrase", .octets(event?.destinationPhrase ?? [])),
            JSON.Member("destination_reason", Self.list(event?.destinationReasons ?? [])),
            JSON.Member("reason", Self.list(event?.reasons ?? [])),
            JSON.Member("codec", .string(answered?.event.codec ?? "")),
            JSON.Member("recovered", .bool(event?.recovery != nil)),
            JSON.Member("outage_start", Self.time(event?.recovery?.outageStart)),
            JSON.Member("outage_end", Self.time(event?.recovery?.outageEnd)),
            JSON.Member("due_at", Self.time(event?.recovery?.due)),
            JSON.Member("late_answer", .bool(hasLateAnswer)),
            JSON.Member("log_gap", .bool(hasLogGap)),
        ]
    }

    private static func figures(_ side: String, _ figures: MediaFigures?) -> [JSON.Member] {
        let figures = figures ?? MediaFigures()
        return [
            JSON.Member("\(side)_packets", .unsigned(figures.packets)),
            JSON.Member("\(side)_bytes", .unsigned(figures.bytes)),
            JSON.Member("\(side)_lost", .integer(figures.lost)),
            JSON.Member("\(side)_jitter_us", .unsigned(figures.jitterMicroseconds)),
            JSON.Member("\(side)_first_packet_at", time(figures.first)),
            JSON.Member("\(side)_last_packet_at", time(figures.last)),
        ]
    }

    private static func time(_ wall: WallTime?) -> JSON { .optional(wall.map { "\($0)" }) }

    private static func list(_ values: [Octets]) -> JSON {
        .string(values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", "))
    }
}

// Events as people and scripts read them: one JSON object each. Secrets are masked here too, whoever
// holds the key.

package import Domain

/// JSON of events.
package enum EventText {
    /// The name of a type in lower snake case.
    package static func name(of type: EventType) -> String { "\(type)".snakeCased }

    /// One record. Member names are those of the fields.
    package static func json(_ record: Record) -> JSON {
        .object([
            JSON.Member("number", .unsigned(record.number)),
            JSON.Member("at", .string("\(record.stamp.wall)")),
            JSON.Member("boot", .unsigned(record.stamp.boot)),
            JSON.Member("stream", .string("\(record.stream.call)")),
            JSON.Member("type", .string(name(of: record.event.type))),
            JSON.Member("event", body(record.event)),
        ])
    }

    private static func body(_ event: Event) -> JSON {
        var associated: Any = event
        if let child = Mirror(reflecting: event).children.first { associated = child.value }
        return value(associated, name: "")
    }

    /// Any value of the domain, by its fields. Not on any hot path: this is for reading.
    private static func value(_ value: Any, name: String) -> JSON {
        switch value {
        case let step as SignallingStep: return signalling(step)
        case is Credential: return credential(value)
        case let octets as Octets: return .octets(octets)
        case let text as String: return .string(text)
        case let flag as Bool: return .bool(flag)
        case let number as any UnsignedInteger: return .unsigned(UInt64(number))
        case let number as any SignedInteger: return .integer(Int64(number))
        case let types as AuthTypes: return .integer(Int64(types.rawValue))
        case let wall as WallTime: return .string("\(wall)")
        case let choice as EndCause: return .string(choice.name)
        case let choice as EndedBy: return .string(choice.name)
        case let choice as RefusalReason: return .string(choice.name)
        case let text as any CustomStringConvertible & CompactlyCoded: return .string("\(text)")
        default: return reflected(value)
        }
    }

    private static func reflected(_ any: Any) -> JSON {
        let mirror = Mirror(reflecting: any)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { value($0.value, name: "") } ?? .null
        case .collection: return .array(mirror.children.map { value($0.value, name: "") })
        case .struct:
            return .object(
                mirror.children.map {
                    JSON.Member(($0.label ?? "").snakeCased, value($0.value, name: $0.label ?? ""))
                })
        default: return .string("\(any)".snakeCased)
        }
    }

    private static func credential(_ any: Any) -> JSON {
        guard let credential = any as? Credential else { return .null }
        return .object([
            JSON.Member("username", .string(credential.username)),
            JSON.Member("realm", .string(credential.realm)), JSON.Member("ha1", .string("***")),
        ])
    }

    private static func signalling(_ step: SignallingStep) -> JSON {
        .object([
            JSON.Member("leg", .string("\(step.leg)")),
            JSON.Member("attempt", .unsigned(step.attempt)),
            JSON.Member("method", .octets(step.method)),
            JSON.Member("cseq", .unsigned(step.cseq)),
            JSON.Member("status", .unsigned(step.status)),
            JSON.Member("branch", .octets(step.branch.octets)),
            JSON.Member("local", .string("\(step.local)")),
            JSON.Member("remote", .string("\(step.remote)")),
            JSON.Member("transport", .string("\(step.transport)")),
            JSON.Member("seen", .optional(step.seen.map { "\($0)" })),
            JSON.Member("message", .octets(masked(step))),
        ])
    }

    /// The message with asterisks where its secrets are.
    package static func masked(_ step: SignallingStep) -> Octets {
        var message = step.message
        for span in step.secrets {
            let start = Int(span.offset)
            let end = start + Int(span.length)
            guard end <= message.count else { continue }
            for index in start..<end { message[index] = UInt8(ascii: "*") }
        }
        return message
    }
}

extension String {
    /// `callerStatus` as `caller_status`, `sipCallID` as `sip_call_id`.
    fileprivate var snakeCased: String {
        var out = ""
        var wasUpper = true
        for character in self {
            if character.isUppercase, !wasUpper { out.append("_") }
            wasUpper = character.isUppercase
            out += character.lowercased()
        }
        return out
    }
}

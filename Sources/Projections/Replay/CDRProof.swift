// Where each column of a call detail record comes from: the event that set it, and the line of a message
// that the event was decided from. What somebody is billed for can be shown.

package import Domain
import EventStore

/// A call detail record with the origin of each column.
package struct CDRProof {
    /// A column of the record, and what it was made from.
    package struct Column {
        package var name: String
        package var value: JSON
        /// In the order of the log; empty when no event says anything.
        package var events: [Record]
        package var excerpt: Excerpt?
    }

    /// A line of a message as it came or went, secrets masked.
    package struct Excerpt: Hashable {
        package var event: EventNumber
        /// Of the line in the message.
        package var offset: Int
        package var line: String
    }

    package private(set) var columns: [Column] = []
    private let records: [Record]

    /// Durations are made of two times.
    private static let parts: [String: [String]] = [
        "talk_ms": ["answered_at", "ended_at"], "talk_basis": ["answered_at", "ended_at"],
        "ring_ms": ["ring_at", "answered_at", "ended_at"],
    ]
    /// Each attempt adds to these; of the others the last change counts.
    private static let sums: Set<String> = ["attempts", "attempt_count"]

    /// All records of the call's stream, in order. Nil when its beginning is lost.
    package init?(_ records: [Record]) {
        guard let first = records.first, var reading = CallRecord(beginning: first) else {
            return nil
        }
        self.records = records
        var values = CallRecord.columnNames
        var events = [[Record]](repeating: [], count: values.count)
        for record in records {
            reading.apply(record)
            for (index, column) in reading.columns.enumerated()
            where column.value != values[index].value {
                values[index].value = column.value
                events[index] =
                    Self.sums.contains(column.name) ? events[index] + [record] : [record]
            }
        }
        for (index, column) in values.enumerated() {
            columns.append(Column(name: column.name, value: column.value, events: events[index]))
        }
        joinParts()
        for index in columns.indices { columns[index].excerpt = excerpt(columns[index]) }
    }

    private mutating func joinParts() {
        for index in columns.indices where !columns[index].events.isEmpty {
            guard let names = Self.parts[columns[index].name] else { continue }
            let last = columns[index].events[0].number
            columns[index].events = names.flatMap { name in
                columns.first { $0.name == name }?.events ?? []
            }.filter { $0.number <= last }
        }
    }

    // MARK: The line that proves it

    /// Where a column's value stands in a message; the start line for those that are not named.
    private static let fields: [String: [HeaderName]] = [
        "caller_sip_call_id": [.callID], "destination_sip_call_id": [.callID],
        "session_id": [.sessionID], "caller_number": [.from], "sent_caller_number": [.from],
        "username": [.proxyAuthorization, .authorization],
        "destination_reason": [.reason], "reason": [.reason],
    ]

    /// These stand in what we sent; what is received comes first for the others.
    private static let sent: Set<String> = [
        "session_id", "sent_caller_number", "sent_called_number", "destination_sip_call_id",
        "destination_address",
    ]

    /// The first line that has the value, of the messages that were handled with the event, then of the
    /// ones before it. Without one, what the event was decided from.
    private func excerpt(_ column: Column) -> Excerpt? {
        guard let event = column.events.last, case .string(let text) = shown(column.value) else {
            return nil
        }
        let together = records.filter { $0.stamp == event.stamp && $0.event.message?.seen == nil }
        let isSent = Self.sent.contains(column.name)
        let messages =
            together.filter { $0.isReceived != isSent }
            + together.filter { $0.isReceived == isSent }
            + records.filter { $0.number < event.number }.reversed()
        for record in messages {
            if let line = line(of: record, in: column.name, with: text) { return line }
        }
        return together.first(where: \.isReceived).flatMap { Self.lines($0).first }
    }

    private func shown(_ value: JSON) -> JSON {
        if case .integer(let number) = value { .string("\(number)") } else { value }
    }

    private func line(of record: Record, in column: String, with text: String) -> Excerpt? {
        let lines = Self.lines(record)
        if column == "codec" { return lines.first { $0.line.contains(text) } }
        guard let names = Self.fields[column] else {
            guard let start = lines.first, !text.isEmpty, start.line.contains(text) else {
                return nil
            }
            return start
        }
        return lines.first { line in
            let name = Octets(line.line.utf8.prefix { $0 != UInt8(ascii: ":") })
            return HeaderName(name[...]).map(names.contains) == true && line.line.contains(text)
        }
    }

    private static func lines(_ record: Record) -> [Excerpt] {
        guard let step = record.event.message else { return [] }
        let bytes = EventText.masked(step)
        return bytes.split(separator: UInt8(ascii: "\n")).map { line in
            Excerpt(
                event: record.number, offset: line.startIndex,
                line: String(decoding: line.last == 0x0d ? line.dropLast() : line, as: UTF8.self))
        }
    }
}

extension Record {
    fileprivate var isReceived: Bool {
        event.type == .requestReceived || event.type == .responseReceived
    }
}

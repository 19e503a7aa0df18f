// A proof as it is printed.

package import Domain
import EventStore

extension CDRProof {
    /// For scripts: an object for each column.
    package var json: JSON {
        .array(
            columns.map { column in
                .object([
                    JSON.Member("column", .string(column.name)),
                    JSON.Member("value", column.value),
                    JSON.Member("events", .array(column.events.map(Self.json))),
                    JSON.Member("proof", column.excerpt.map(Self.json) ?? .null),
                ])
            })
    }

    private static func json(_ record: Record) -> JSON {
        .object([
            JSON.Member("number", .unsigned(record.number)),
            JSON.Member("type", .string(EventText.name(of: record.event.type))),
            JSON.Member("at", .string("\(record.stamp.wall)")),
        ])
    }

    private static func json(_ excerpt: Excerpt) -> JSON {
        .object([
            JSON.Member("event", .unsigned(excerpt.event)),
            JSON.Member("offset", .integer(Int64(excerpt.offset))),
            JSON.Member("line", .string(excerpt.line)),
        ])
    }

    /// For people: each column with its events and the line that proves it.
    package var text: String {
        var lines: [String] = []
        for column in columns where !column.events.isEmpty {
            lines.append("\(column.name) = \(Self.plain(column.value))")
            for event in column.events {
                let type = EventText.name(of: event.event.type)
                lines.append("    event \(event.number)  \(type)  \(event.stamp.wall)")
            }
            if let proof = column.excerpt {
                lines.append(
                    "    message \(proof.event), byte \(proof.offset): \(proof.line.printable)")
            }
        }
        let unsaid = columns.filter(\.events.isEmpty).map(\.name).joined(separator: ", ")
        if !unsaid.isEmpty { lines.append("no event says anything of: \(unsaid)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func plain(_ value: JSON) -> String {
        if case .string(let text) = value { text.printable } else { value.text }
    }
}

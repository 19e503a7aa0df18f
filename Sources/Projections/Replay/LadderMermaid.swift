// The ladder as a Mermaid sequence diagram: trackers and wikis draw it from the text of a ticket.

import Domain

/// Writes a ladder for Mermaid.
package struct LadderMermaid {
    private let ladder: Ladder

    package init(_ ladder: Ladder) { self.ladder = ladder }

    /// The whole diagram.
    package var text: String {
        let participants = ladder.lanes.enumerated().map { index, lane in
            let address = lane.endpoint.map { "<br/>\($0)" } ?? ""
            return "    participant P\(index) as \(Self.escaped(lane.title))\(address)"
        }
        let head = ["---", "title: \(quoted(ladder.title))", "---", "sequenceDiagram"]
        return (head + participants + ladder.rungs.map(line)).joined(separator: "\n") + "\n"
    }

    private func line(_ rung: Ladder.Rung) -> String {
        let time = ladder.offset(rung)
        switch rung.content {
        case .message(let arrow):
            let times = arrow.repeats > 0 ? " ×\(arrow.repeats + 1)" : ""
            return "    P\(arrow.from)->>P\(arrow.to): \(time) \(Self.escaped(arrow.label))\(times)"
        case .fact(let fact):
            return "    Note over P\(Ladder.gateway): \(time) \(Self.escaped(fact.text))"
        }
    }

    /// As a string of the title's YAML.
    private func quoted(_ text: String) -> String { JSON.string(text.printable).text }

    /// What ends or nests a statement in Mermaid is written by its number.
    private static func escaped(_ text: String) -> String {
        text.printable.unicodeScalars.map { scalar in
            switch scalar {
            case "#", ";", "<", ">", "%", "\"", "&": "#\(scalar.value);"
            default: String(scalar)
            }
        }.joined()
    }
}

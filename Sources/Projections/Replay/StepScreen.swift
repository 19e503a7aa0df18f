// One step of a call as a screen of text: where it is in the ladder, what it changed, what the state is.

import Domain
import EventStore

/// A walk through a call with a place in it.
package struct StepScreen {
    /// What a person can ask for.
    package enum Move: Sendable {
        case forward, back, first, last
    }

    private let walk: CallWalk
    private let drawing: LadderText
    /// Counted from 0.
    package private(set) var index = 0

    package init(_ walk: CallWalk, ladder: Ladder) {
        self.walk = walk
        drawing = LadderText(ladder)
    }

    /// Goes there; at either end it stays.
    package mutating func go(_ move: Move) {
        switch move {
        case .forward: index = min(index + 1, walk.steps.count - 1)
        case .back: index = max(index - 1, 0)
        case .first: index = 0
        case .last: index = walk.steps.count - 1
        }
    }

    /// Every step with its changes, for where there is no terminal.
    package var text: String {
        let lines = walk.steps.flatMap { [line($0)] + $0.changes.map { "    " + Self.text($0) } }
        return (drawing.heading + lines).joined(separator: "\n") + "\n"
    }

    /// Exactly as many lines as there are rows, none longer than a row.
    package func lines(rows: Int, columns: Int) -> [String] {
        let place = " step \(index + 1) of \(walk.steps.count)   "
        let keys = "space, arrows or j k: step   g G: first, last   q: quit"
        let half = max(1, (rows - 2) / 2)
        let all = [place + keys] + window(half) + [String(repeating: "-", count: columns)] + details
        let shown = all.prefix(max(0, rows)).map { Self.fitted($0, columns) }
        return shown + Array(repeating: "", count: max(0, rows - shown.count))
    }

    /// The steps around this one, which is marked.
    private func window(_ height: Int) -> [String] {
        let first = max(0, min(index - height / 2, walk.steps.count - height))
        let lines = walk.steps.indices.dropFirst(first).prefix(height).map { position in
            (position == index ? ">" : " ") + line(walk.steps[position])
        }
        return lines + Array(repeating: "", count: height - lines.count)
    }

    /// What the step changed, then all that the call holds, then the message.
    private var details: [String] {
        guard walk.steps.indices.contains(index) else { return [] }
        let step = walk.steps[index]
        let name = EventText.name(of: step.record.event.type)
        let head = "event \(step.record.number)  \(name)  \(step.record.stamp.wall)"
        let changed = Set(step.changes.map(\.name))
        let kept = step.state.filter { !changed.contains($0.name) }
            .map { "    \($0.name): \($0.value)" }
        return [head] + step.changes.map { "  * " + Self.text($0) } + kept
            + Self.message(step.record)
    }

    private static func message(_ record: Record) -> [String] {
        guard let step = record.event.message else { return [] }
        let lines = EventText.masked(step).split(separator: UInt8(ascii: "\n"))
        return [""] + lines.map { String(decoding: $0, as: UTF8.self).printable }
    }

    private func line(_ step: CallWalk.Step) -> String {
        step.rung.map(drawing.line)
            ?? String(repeating: " ", count: 13)
            + "|  \(EventText.name(of: step.record.event.type))"
    }

    private static func text(_ change: CallWalk.Change) -> String {
        guard let after = change.after else { return "\(change.name) is gone" }
        return change.before.map { "\(change.name): \($0) -> \(after)" }
            ?? "\(change.name): \(after)"
    }

    private static func fitted(_ line: String, _ columns: Int) -> String {
        String(line.printable.prefix(max(0, columns)))
    }
}

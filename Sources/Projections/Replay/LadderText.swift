// The ladder in a terminal: both legs side by side, what was decided in between them.

import Domain

/// Draws a ladder with plain characters.
package struct LadderText {
    private let ladder: Ladder
    /// Columns from one party's line to the next.
    private static let span = 42
    private let hasDestination: Bool
    /// Destinations share a column, so with several of them each message says whose it is.
    private let hasAttempts: Bool

    package init(_ ladder: Ladder) {
        self.ladder = ladder
        hasDestination = ladder.lanes.count > 2
        hasAttempts = ladder.lanes.count > 3
    }

    /// The whole picture.
    package var text: String {
        (heading + ladder.rungs.map(line)).joined(separator: "\n") + "\n"
    }

    /// Who the parties are.
    package var heading: [String] {
        let destinations = ladder.lanes.dropFirst(2)
        let titles = destinations.map(\.title).joined(separator: ", ")
        let addresses = destinations.map { Self.text($0.endpoint) }.joined(separator: ", ")
        return [
            ladder.title.printable, "call \(ladder.call), from \(ladder.began)", "",
            row("time", ladder.lanes[0].title, ladder.lanes[1].title, titles),
            row(
                "", Self.text(ladder.lanes[0].endpoint), Self.text(ladder.lanes[1].endpoint),
                addresses),
        ]
    }

    private static func text(_ endpoint: Endpoint?) -> String { endpoint.map { "\($0)" } ?? "" }

    private func row(_ time: String, _ a: String, _ b: String, _ c: String) -> String {
        let line = time.leftPadded(10) + "   " + a.fitted(Self.span) + b.fitted(Self.span) + c
        return String(line.printable.trimmed)
    }

    /// One step, on one line.
    package func line(_ rung: Ladder.Rung) -> String {
        let time = ladder.offset(rung).leftPadded(10) + "   "
        switch rung.content {
        case .message(let arrow): return time + self.arrow(arrow)
        case .fact(let fact): return time + "|  " + Self.mark(fact.kind) + " " + fact.text.printable
        }
    }

    private static func mark(_ kind: Fact.Kind) -> String {
        switch kind {
        case .decision: "·"
        case .media: "~"
        case .failure: "!"
        }
    }

    private func arrow(_ arrow: Ladder.Arrow) -> String {
        var label = arrow.label.printable
        let lane = max(arrow.from, arrow.to)
        if hasAttempts, lane > Ladder.gateway { label += " [\(lane - 1)]" }
        if arrow.repeats > 0 { label += " x\(arrow.repeats + 1)" }
        label = String(label.prefix(Self.span - 8))
        let shaft = Self.span - 4 - label.count
        let line =
            String(repeating: "-", count: shaft / 2) + " \(label) "
            + String(repeating: "-", count: shaft - shaft / 2)
        let body = arrow.from < arrow.to ? line + ">" : "<" + line
        let blank = String(repeating: " ", count: Self.span - 1)
        if lane == Ladder.gateway { return "|" + body + "|" + (hasDestination ? blank + "|" : "") }
        return "|" + blank + "|" + body + "|"
    }
}

extension Ladder {
    /// `+12.345`, seconds from the beginning of the call.
    package func offset(_ rung: Rung) -> String {
        "+" + Text.seconds(milliseconds: offsetMicroseconds(rung) / 1_000)
    }
}

/// What several pictures need of text.
enum Text {
    /// `12.345`.
    static func seconds(milliseconds: Int64) -> String {
        let fraction = String(abs(milliseconds % 1_000))
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction
    }
}

extension String {
    /// What came from the network must not move the cursor: control characters become dots.
    package var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? "." : $0 }))
    }

    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }

    fileprivate func fitted(_ width: Int) -> String {
        let short = prefix(width - 1)
        return short + String(repeating: " ", count: width - short.count)
    }

    fileprivate var trimmed: Substring {
        var end = endIndex
        while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
        return self[..<end]
    }
}

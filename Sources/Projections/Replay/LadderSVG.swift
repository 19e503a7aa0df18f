// The ladder as a picture for a ticket, a page or a wall. The whole message is the tooltip of its arrow.

import Domain
import EventStore

/// Draws a ladder as SVG.
package struct LadderSVG {
    private let ladder: Ladder
    private var shapes: [String] = []
    /// Where the next step goes.
    private var y = Layout.firstStep

    /// Pixels, and characters to a line.
    private enum Layout {
        static let firstLane = 150
        static let span = 270
        static let rightMargin = 140
        static let laneTop = 76
        static let laneHeight = 44
        static let firstStep = 152
        static let messageHeight = 34
        static let lineHeight = 16
        static let pauseHeight = 30
        static let noteCharacters = 62
        static let labelCharacters = 36
    }

    package init(_ ladder: Ladder) { self.ladder = ladder }

    /// The whole document.
    package var text: String {
        var drawing = self
        drawing.drawSteps()
        return drawing.document
    }

    private var document: String {
        let width = Self.x(ladder.lanes.count - 1) + Layout.rightMargin
        let height = y + 24
        let title = XMLText.escaped(ladder.title)
        let head = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" \
            height="\(height)" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">
            <title>\(title)</title>
            <defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" \
            markerHeight="8" orient="auto"><path d="M0 1 L10 5 L0 9 z" fill="context-stroke"/></marker></defs>
            <rect width="\(width)" height="\(height)" fill="#ffffff"/>
            <text x="24" y="34" font-size="18" font-weight="bold" fill="#111827">\(title)</text>
            <text x="24" y="54" fill="#6b7280">call \(ladder.call), from \(ladder.began)</text>

            """
        let lanes = ladder.lanes.indices.map { lane($0, bottom: height - 12) }
        return head + (lanes + shapes).joined(separator: "\n") + "\n</svg>\n"
    }

    private static func x(_ lane: Int) -> Int { Layout.firstLane + lane * Layout.span }

    private func lane(_ index: Int, bottom: Int) -> String {
        let lane = ladder.lanes[index]
        let x = Self.x(index)
        let fill = index == Ladder.gateway ? "#1e3a8a" : "#374151"
        let address = lane.endpoint.map { "\($0)" } ?? ""
        let top = Layout.laneTop
        return """
            <line x1="\(x)" y1="\(top)" x2="\(x)" y2="\(bottom)" stroke="#d1d5db" stroke-width="2"/>
            <rect x="\(x - 95)" y="\(top)" width="190" height="\(Layout.laneHeight)" rx="6" fill="\(fill)"/>
            <text x="\(x)" y="\(top + 19)" text-anchor="middle" font-weight="bold" \
            fill="#ffffff">\(XMLText.escaped(lane.title))</text>
            <text x="\(x)" y="\(top + 35)" text-anchor="middle" font-size="11" \
            fill="#e5e7eb">\(address)</text>
            """
    }

    private mutating func drawSteps() {
        var last = ladder.began
        for rung in ladder.rungs {
            pause((rung.at - last).nanoseconds / 1_000_000)
            last = max(last, rung.at)
            switch rung.content {
            case .message(let arrow): draw(arrow, rung)
            case .fact(let fact): draw(fact, rung)
            }
        }
    }

    /// A second or more in which nothing happened is seen as a gap.
    private mutating func pause(_ milliseconds: Int64) {
        guard milliseconds >= 1_000 else { return }
        let seconds = "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        shapes.append(
            """
            <text x="\(Self.x(Ladder.gateway) + 8)" y="\(y + 4)" font-style="italic" \
            fill="#9ca3af">\(seconds)</text>
            """)
        y += Layout.pauseHeight
    }

    private mutating func draw(_ arrow: Ladder.Arrow, _ rung: Ladder.Rung) {
        let (from, to) = (Self.x(arrow.from), Self.x(arrow.to))
        let end = from < to ? to - 2 : to + 2
        let color = Self.color(arrow.step.status)
        let short = arrow.label.prefix(Layout.labelCharacters)
        let times = arrow.repeats > 0 ? " ×\(arrow.repeats + 1)" : ""
        let message = String(decoding: EventText.masked(arrow.step), as: UTF8.self)
        shapes.append(
            """
            <g><title>\(XMLText.escaped(message))</title>\
            <line x1="\(from)" y1="\(y + 8)" x2="\(end)" y2="\(y + 8)" stroke="\(color)" \
            stroke-width="1.6" marker-end="url(#head)"/>\
            <text x="\((from + to) / 2)" y="\(y + 2)" text-anchor="middle" \
            paint-order="stroke" stroke="#ffffff" stroke-width="4" \
            fill="\(color)">\(XMLText.escaped(String(short)))\(times)</text></g>
            """)
        time(rung, at: y + 12)
        y += Layout.messageHeight
    }

    private mutating func draw(_ fact: Fact, _ rung: Ladder.Rung) {
        let lines = Self.wrapped(fact.text)
        let (fill, stroke) = Self.colors(fact.kind)
        let longest = lines.map(\.count).max() ?? 0
        let width = min(430, longest * 7 + 24)
        let height = lines.count * Layout.lineHeight + 8
        let x = Self.x(Ladder.gateway)
        let top = y - 8
        var shape = """
            <rect x="\(x - width / 2)" y="\(top)" width="\(width)" height="\(height)" rx="4" \
            fill="\(fill)" stroke="\(stroke)"/>
            """
        for (index, line) in lines.enumerated() {
            shape += """
                <text x="\(x)" y="\(top + 16 + index * Layout.lineHeight)" text-anchor="middle" \
                fill="#111827">\(XMLText.escaped(line))</text>
                """
        }
        shapes.append(shape)
        time(rung, at: top + 16)
        y += height + 14
    }

    private mutating func time(_ rung: Ladder.Rung, at y: Int) {
        shapes.append(
            """
            <text x="16" y="\(y)" font-size="11" font-family="monospace" \
            fill="#6b7280">\(ladder.offset(rung))</text>
            """)
    }

    /// Requests are dark; responses say by their colour how it goes.
    private static func color(_ status: UInt16) -> String {
        switch status {
        case 0: "#1f2937"
        case ..<200: "#6b7280"
        case ..<300: "#047857"
        default: "#b91c1c"
        }
    }

    private static func colors(_ kind: Fact.Kind) -> (fill: String, stroke: String) {
        switch kind {
        case .decision: ("#eef2ff", "#a5b4fc")
        case .media: ("#ecfdf5", "#6ee7b7")
        case .failure: ("#fef2f2", "#fca5a5")
        }
    }

    /// Lines of whole words; a word that is longer than a line is cut.
    private static func wrapped(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let word = String(word.prefix(Layout.noteCharacters))
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = word
            } else if last.count + 1 + word.count <= Layout.noteCharacters {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(word)
            }
        }
        return lines
    }
}

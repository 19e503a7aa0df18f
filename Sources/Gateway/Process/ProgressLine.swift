// A person who waits wants to see that something happens; a script does not.

import Foundation

/// One line on a terminal that says how far long work is. Silent when standard error is none.
struct ProgressLine {
    private let what: String
    private let start = ContinuousClock.now
    private var shown: ContinuousClock.Instant?
    private let isTerminal = isatty(STDERR_FILENO) == 1
    /// Shorter work shows nothing.
    private static let patience = Duration.seconds(1)
    private static let interval = Duration.milliseconds(100)

    init(_ what: String) { self.what = what }

    /// Shows how many events are done, and what share of all where that is known.
    mutating func show(_ done: UInt64, of total: UInt64?) {
        guard isTerminal else { return }
        let now = ContinuousClock.now
        guard now - start >= Self.patience, shown.map({ now - $0 >= Self.interval }) ?? true else {
            return
        }
        shown = now
        let share = total.map { " of \($0), \(done * 100 / max(1, $0)) %" } ?? ""
        write("\r\(what): \(done)\(share)")
    }

    /// Takes the line away.
    mutating func clear() {
        if shown != nil { write("\r\u{1b}[K") }
        shown = nil
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

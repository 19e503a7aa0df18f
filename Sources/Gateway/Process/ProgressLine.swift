// A person who waits wants to see that something happens; a script does not.

import Foundation
import Synchronization

/// One line on a terminal that says how far long work is. Silent when standard error is none. From any
/// thread.
final class ProgressLine: Sendable {
    private let what: String
    private let start = ContinuousClock.now
    private let shown = Mutex<ContinuousClock.Instant?>(nil)
    private let isTerminal = isatty(STDERR_FILENO) == 1
    /// Shorter work shows nothing.
    private static let patience = Duration.seconds(1)
    private static let interval = Duration.milliseconds(100)

    init(_ what: String) { self.what = what }

    /// Shows how much is done, and what share of all where that is known.
    func show(_ done: UInt64, of total: UInt64?) {
        guard isTerminal else { return }
        let now = ContinuousClock.now
        guard now - start >= Self.patience else { return }
        shown.withLock { shown in
            guard shown.map({ now - $0 >= Self.interval }) ?? true else { return }
            shown = now
            let share = total.map { " of \($0), \(done * 100 / max(1, $0)) %" } ?? ""
            write("\r\(what): \(done)\(share)")
        }
    }

    /// Takes the line away.
    func clear() {
        shown.withLock { shown in
            if shown != nil { write("\r\u{1b}[K") }
            shown = nil
        }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

// Long work shows how far it is, on one line that is written over, and only to a person.

import Glibc
import Synchronization

/// A line on the terminal's standard error.
final class ProgressLine: Sendable {
    private let isShown: Bool
    private let width = Mutex(0)

    init(isShown: Bool = true) { self.isShown = isShown && isatty(STDERR_FILENO) == 1 }

    /// From any thread.
    func show(_ text: String) {
        guard isShown else { return }
        width.withLock { width in
            let padding = String(repeating: " ", count: max(0, width - text.count))
            write("\r" + text + padding)
            width = text.count
        }
    }

    /// Clears the line.
    func end() {
        guard isShown else { return }
        width.withLock { width in
            if width > 0 { write("\r" + String(repeating: " ", count: width) + "\r") }
            width = 0
        }
    }

    private func write(_ text: String) {
        _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    }
}

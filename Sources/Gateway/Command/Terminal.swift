// The terminal of a person who looks at something step by step: single keys instead of lines, and given
// back as it was, whatever ends the program.

import CLinux
import Glibc

/// A terminal that reads key by key on a screen of its own.
final class Terminal {
    /// What a person or the system did.
    enum Input {
        case key(Key)
        case resized
        /// A signal wants the program to end.
        case signal(Int32)
        case closed
    }

    enum Key {
        case up, down, left, right, home, end
        case character(UInt8)
    }

    private let saved: termios
    private let signals: Int32
    private var pending: [UInt8] = []
    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    /// Nil unless a person sits at both ends.
    init?() {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1,
            tcgetattr(STDIN_FILENO, &settings) == 0
        else { return nil }
        saved = settings
        var mask = Self.mask
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        signals = signalfd(-1, &mask, Int32(SFD_CLOEXEC))
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
        write("\u{1b}[?1049h\u{1b}[?25l")
    }

    private static var mask: sigset_t {
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in ending + [SIGWINCH] { sigaddset(&mask, signal) }
        return mask
    }

    /// Gives the terminal back.
    func restore() {
        write("\u{1b}[?25h\u{1b}[?1049l")
        var settings = saved
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
        close(signals)
        var mask = Self.mask
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    }

    /// Rows and columns.
    var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0
        else { return (24, 80) }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Shows lines from the top on; one of them stands out.
    func show(_ lines: [String], marked: (String) -> Bool) {
        let text = lines.map { marked($0) ? "\u{1b}[7m\($0)\u{1b}[0m" : $0 }
        write("\u{1b}[H" + text.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J")
    }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits for the next thing that happens.
    func next() -> Input {
        while true {
            if let key = takeKey() { return .key(key) }
            var waits = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waits, 2, -1) > 0 else { continue }
            if waits[1].revents != 0 {
                var info = signalfd_siginfo()
                guard read(signals, &info, MemoryLayout<signalfd_siginfo>.size) > 0 else {
                    continue
                }
                let signal = Int32(info.ssi_signo)
                return signal == SIGWINCH ? .resized : .signal(signal)
            }
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            guard count > 0 else { return .closed }
            pending += bytes.prefix(count)
        }
    }

    /// The next whole key of what was read. An escape that begins no known key is dropped.
    private func takeKey() -> Key? {
        guard let first = pending.first else { return nil }
        guard first == 0x1b else {
            pending.removeFirst()
            return .character(first)
        }
        guard pending.count >= 2 else { return nil }
        guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
            pending.removeFirst()
            return takeKey()
        }
        guard pending.count >= 3 else { return nil }
        let final = pending[2]
        pending.removeFirst(3)
        return switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        default: takeKey()
        }
    }
}

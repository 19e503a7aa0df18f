// `trunkline replay --step`: a call event by event, forwards and back.

import Domain
import Glibc
import Projections

extension ReplayCommand {
    /// Walks through a call on a terminal, and prints all steps where there is none.
    func walk(_ records: [Record], _ ladder: Ladder) {
        var screen = StepScreen(CallWalk(records, ladder: ladder), ladder: ladder)
        guard let terminal = Terminal() else {
            return print(screen.text, terminator: "")
        }
        var ending: Int32?
        loop: while true {
            let (rows, columns) = terminal.size
            terminal.show(screen.lines(rows: rows, columns: columns)) { $0.hasPrefix(">") }
            switch terminal.next() {
            case .key(let key):
                guard !Self.quits(key) else { break loop }
                if let move = Self.move(key) { screen.go(move) }
            case .resized: continue
            case .signal(let signal):
                ending = signal
                break loop
            case .closed: break loop
            }
        }
        terminal.restore()
        // What sent the signal sees that it ended the program.
        if let ending { raise(ending) }
    }

    private static let controlC: UInt8 = 3
    private static let controlD: UInt8 = 4

    private static func quits(_ key: Terminal.Key) -> Bool {
        guard case .character(let byte) = key else { return false }
        return [UInt8(ascii: "q"), controlC, controlD].contains(byte)
    }

    private static func move(_ key: Terminal.Key) -> StepScreen.Move? {
        switch key {
        case .down, .right: return .forward
        case .up, .left: return .back
        case .home: return .first
        case .end: return .last
        case .character(let byte):
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "j"), UInt8(ascii: "l"), UInt8(ascii: "\r"),
                UInt8(ascii: "\n"):
                return .forward
            case UInt8(ascii: "b"), UInt8(ascii: "k"), UInt8(ascii: "h"): return .back
            case UInt8(ascii: "g"): return .first
            case UInt8(ascii: "G"): return .last
            default: return nil
            }
        }
    }
}

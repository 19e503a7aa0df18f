// Cases of damage by the hundred thousand, judged on all processors at once, and the lines of the table that
// they give.

import Foundation
import Testing

struct DamageCases {
    /// The lines so far.
    private(set) var lines: Set<String> = []
    private let known: Set<String>
    private var waiting: [(what: String, log: DamagedLog)] = []
    private var count = 0

    private static let atOnce = 512

    /// `known` are the lines that there may be.
    init(known: Set<String>) { self.known = known }

    mutating func add(_ what: String, _ log: DamagedLog) {
        waiting.append((what, log))
        if waiting.count == Self.atOnce { judge() }
    }

    /// Ends one kind of damage, and says how many cases it had.
    mutating func finish(_ kind: String) {
        judge()
        print("\(count) cases of damage: \(kind)")
        fflush(nil)
        count = 0
    }

    private mutating func judge() {
        let verdicts = waiting.concurrentMap { $0.log.verdict }
        for (one, verdict) in zip(waiting, verdicts) { note(one.what, verdict) }
        count += waiting.count
        waiting = []
    }

    private mutating func note(_ what: String, _ verdict: DamageVerdict) {
        #expect(!verdict.isSilentlyWrong, "\(what): \(verdict.text)")
        let line = "\(what) | \(verdict.text)"
        guard lines.insert(line).inserted, !FaultSettings.isUpdating else { return }
        #expect(known.contains(line), "not in the table: \(line)")
    }
}

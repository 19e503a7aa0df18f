// A damaged log is not opened for writing. An operator can make it whole again: from a copy, accepted
// only where the hash chain proves that it is the same; or by a record that says openly what is lost.

package import Domain

/// Repairs a log that nobody writes.
package struct LogRepair {
    /// Who accepts that events are lost, and why.
    package struct Acceptance: Sendable {
        package var operatorName: String
        package var note: String

        package init(operatorName: String, note: String) {
            self.operatorName = operatorName
            self.note = note
        }
    }

    /// Something that is not right, and what became of it.
    package struct Finding: Sendable {
        package enum Outcome: String, Sendable {
            /// A copy had the same events, by the hash chain.
            case restored
            /// A gap was recorded.
            case recorded
            /// No events are concerned; the file was written anew.
            case rewritten
            /// Nothing was changed.
            case open
        }

        package var segment: String
        package var offset: Int
        package var reason: String
        package var lost: ClosedRange<EventNumber>?
        package var outcome: Outcome
    }

    private let directory: String
    private let copies: [String]
    private let acceptance: Acceptance?
    private let codec: EventCodec
    private let host: LogHost
    private let mark: CommitMarks.Mark
    private var findings: [Finding] = []
    /// The end of the segments looked at so far.
    private var before: (header: SegmentHeader, lastEvent: EventNumber, chain: Octets)?

    /// Looks for damage. With `copies` or an acceptance, makes the log whole; with neither it changes
    /// nothing. A segment with something that cannot be restored and is not accepted stays as it is.
    package static func run(
        _ directory: String, copies: [String] = [], acceptance: Acceptance? = nil,
        codec: EventCodec, host: LogHost = .machine,
        progress: (_ segment: String, _ done: Int, _ count: Int) -> Void = { _, _, _ in }
    ) throws(LogError) -> [Finding] {
        let lock = try LogLock(directory, on: host.disk)
        defer { withExtendedLifetime(lock) {} }
        var repair = LogRepair(
            directory: directory, copies: copies, acceptance: acceptance, codec: codec,
            host: host, mark: CommitMarks.newest(in: directory, on: host.disk))
        let names = try Segment.names(in: directory, on: host.disk)
        for (index, name) in names.enumerated() {
            progress(name, index, names.count)
            let following = names.dropFirst(index + 1).first
            var next: SegmentHeader?
            if let following { next = Salvage(try repair.read(following)).header }
            try repair.look(at: name, before: next, isLast: following == nil)
        }
        return repair.findings
    }

    private init(
        directory: String, copies: [String], acceptance: Acceptance?, codec: EventCodec,
        host: LogHost, mark: CommitMarks.Mark
    ) {
        self.directory = directory
        self.copies = copies
        self.acceptance = acceptance
        self.codec = codec
        self.host = host
        self.mark = mark
    }

    private func read(_ name: String) throws(LogError) -> Octets {
        do throws(SystemCallFailure) {
            let file = try host.disk.open(directory + "/" + name, .read)
            return try file.read(at: 0, count: file.bytes)
        } catch { throw .unavailable(error) }
    }

    // MARK: One segment

    private mutating func look(
        at name: String, before next: SegmentHeader?, isLast: Bool
    ) throws(LogError) {
        let verdict = LogVerifier.verify(
            directory, name, mark: mark, isLast: isLast, on: host.disk)
        let salvage = Salvage(try read(name))
        if verdict.fault == nil, let header = salvage.header, connects(verdict, next) {
            before = (header, verdict.lastEvent, verdict.chain)
            return
        }
        let header: SegmentHeader
        if let found = salvage.header {
            header = found
        } else {
            header = try substitute(for: name, next)
        }
        var rebuilt = Rebuilt(header: header, after: before?.lastEvent, chain: before?.chain)
        let first = findings.count
        try rebuild(&rebuilt, salvage, name, next)
        if findings.count == first {
            findings.append(
                Finding(
                    segment: name, offset: verdict.faultOffset ?? 0,
                    reason: verdict.fault ?? "a part that holds no events is damaged", lost: nil,
                    outcome: acceptance == nil && copies.isEmpty ? .open : .rewritten))
        }
        before = (header, rebuilt.lastEvent, rebuilt.chain)
        guard findings[first...].allSatisfy({ $0.outcome != .open }) else { return }
        let replacement = Replacement(directory: directory, name: name, disk: host.disk)
        try replacement.put(rebuilt, before: next)
    }

    private func connects(_ verdict: SegmentVerdict, _ next: SegmentHeader?) -> Bool {
        guard let next else { return true }
        return verdict.lastEvent + 1 == next.firstEvent && verdict.chain == next.previousChain
    }

    /// A header for a segment that has none left, by its neighbours.
    private func substitute(
        for name: String, _ next: SegmentHeader?
    ) throws(LogError) -> SegmentHeader {
        guard let neighbour = before?.header ?? next else {
            throw LogError(
                .damaged, "the header of the only segment is damaged",
                advice: "put the file back from a copy", segment: name)
        }
        return SegmentHeader(
            logID: neighbour.logID, number: before.map { $0.header.number + 1 } ?? 1,
            firstEvent: Segment.firstEvent(name), epoch: neighbour.epoch, salt: host.random(),
            segmentBytes: neighbour.segmentBytes, previousLength: 0, previousClosure: .integrity,
            previousChain: before?.chain ?? Octets(repeating: 0, count: 32),
            created: host.wall(), dictionary: nil)
    }

    private mutating func rebuild(
        _ rebuilt: inout Rebuilt, _ salvage: Salvage, _ name: String, _ next: SegmentHeader?
    ) throws(LogError) {
        var hole: Hole?
        for piece in salvage.pieces {
            switch piece {
            case .lost(let offset, let bytes, let reason):
                hole = hole ?? Hole(segment: name, offset: offset, bytes: bytes, reason: reason)
            case .batch(let batch):
                try bridge(
                    &rebuilt, to: batch.header.firstEvent - 1, batch.header.previousChain, hole)
                rebuilt.add(batch)
                hole = nil
            }
        }
        if let next {
            try bridge(&rebuilt, to: next.firstEvent - 1, next.previousChain, hole)
        } else if mark.durable > rebuilt.lastEvent {
            try bridge(&rebuilt, to: mark.durable, mark.chain, hole)
        } else if let hole {
            let named = (try? Batch.header(hole.bytes[...], salt: rebuilt.header.salt))?.lastEvent
            try bridge(&rebuilt, to: max(named ?? 0, rebuilt.lastEvent + 1), nil, hole)
        }
    }

    /// What the first copy that has the same history has of the events.
    private func restored(
        _ lost: ClosedRange<EventNumber>, _ chain: Octets, _ following: Octets?
    ) -> [Batch]? {
        for copy in copies {
            let found = Donor.batches(in: copy, lost, after: chain, to: following, host: host)
            if let found { return found }
        }
        return nil
    }

    /// Goes on to an event from what is there: from a copy, or by recording a gap. `chain` is what
    /// follows, as far as it is known.
    private mutating func bridge(
        _ rebuilt: inout Rebuilt, to event: EventNumber, _ chain: Octets?, _ hole: Hole?
    ) throws(LogError) {
        guard event > rebuilt.lastEvent else { return }
        let lost = rebuilt.lastEvent + 1...event
        let hole =
            hole
            ?? Hole(
                segment: rebuilt.name, offset: rebuilt.usedBytes, bytes: [],
                reason: "events are missing")
        var outcome = Finding.Outcome.open
        if let batches = restored(lost, rebuilt.chain, chain) {
            for batch in batches { rebuilt.add(batch) }
            outcome = .restored
        } else if let acceptance {
            rebuilt.addGap(lost, chain: chain, hole, acceptance, codec, at: host.wall())
            outcome = .recorded
        } else {
            // Looked at further, as if the events were there; nothing is written.
            rebuilt.skip(to: event, chain ?? rebuilt.chain)
        }
        findings.append(
            Finding(
                segment: hole.segment, offset: hole.offset, reason: hole.reason, lost: lost,
                outcome: outcome))
    }
}

/// A place in a segment where nothing can be read.
struct Hole {
    var segment: String
    var offset: Int
    var bytes: Octets
    var reason: String
}

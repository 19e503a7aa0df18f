// A damaged log is not opened for writing. An operator can make it whole again: from a copy, accepted
// only where the hash chain proves that it is the same; or by a record that says openly what is lost.

import Domain

/// Repairs a log that nobody writes.
package struct LogRepair {
    private let directory: String
    private let copies: [String]
    private let acceptance: LossAcceptance?
    private let codec: EventCodec
    private let host: LogHost
    private let mark: CommitMarks.Mark
    private var findings: [RepairFinding] = []
    /// The end of the segments looked at so far.
    private var before: (header: SegmentHeader, chain: Octets, usedBytes: Int)?

    /// Looks for damage. With `copies` or an acceptance, makes the log whole; with neither it changes
    /// nothing. A segment with something that cannot be restored and is not accepted stays as it is.
    package static func run(
        _ directory: String, copies: [String] = [], acceptance: LossAcceptance? = nil,
        codec: EventCodec, host: LogHost = .machine,
        progress: (_ segment: String, _ done: Int, _ count: Int) -> Void = { _, _, _ in }
    ) throws(LogError) -> [RepairFinding] {
        let lock = try LogLock(directory, on: host.disk)
        defer { withExtendedLifetime(lock) {} }
        let names = try Segment.names(in: directory, on: host.disk)
        try check(directory, names, on: host.disk)
        for copy in copies { try Donor.check(copy, on: host.disk) }
        var repair = LogRepair(
            directory: directory, copies: copies, acceptance: acceptance, codec: codec,
            host: host, mark: CommitMarks.newest(in: directory, on: host.disk))
        for (index, name) in names.enumerated() {
            progress(name, index, names.count)
            var next: Successor?
            if let following = names.dropFirst(index + 1).first {
                next = Successor(
                    following,
                    Salvage.header(try repair.bytes(following, upTo: SegmentHeader.frontBytes)))
            }
            try repair.look(at: name, before: next)
        }
        return repair.findings
    }

    /// What is not of this log, or not of this version, is not damage: nothing is to be done to it here.
    private static func check(
        _ directory: String, _ names: [String], on disk: any Disk
    ) throws(LogError) {
        var before: SegmentHeader?
        for name in names {
            do throws(LogError) {
                let header = try Segment.open(directory + "/" + name, on: disk).header
                if let before, let reason = SegmentOrder.fault(of: header, after: before) {
                    throw LogError(
                        .inconsistent, reason,
                        advice:
                            "move what is not of this log away, then repair; nothing was changed",
                        segment: name)
                }
                before = header
            } catch  where error.kind == .damaged {}
        }
        guard !names.isEmpty else {
            throw LogError(
                .inconsistent, "there is no segment in \(directory)",
                advice: "restore the segments from a copy; nothing was changed")
        }
    }

    private init(
        directory: String, copies: [String], acceptance: LossAcceptance?, codec: EventCodec,
        host: LogHost, mark: CommitMarks.Mark
    ) {
        self.directory = directory
        self.copies = copies
        self.acceptance = acceptance
        self.codec = codec
        self.host = host
        self.mark = mark
    }

    private func bytes(_ name: String, upTo limit: Int) throws(LogError) -> Octets {
        do throws(SystemCallFailure) {
            let file = try host.disk.open(directory + "/" + name, .read)
            return try file.read(at: 0, count: min(limit, file.bytes))
        } catch { throw .unavailable(error) }
    }

    // MARK: One segment

    /// The segment after one. Its name alone says where it begins.
    private struct Successor {
        let firstEvent: EventNumber
        /// Nil when it is damaged.
        let header: SegmentHeader?

        init(_ name: String, _ header: SegmentHeader?) {
            firstEvent = Segment.firstEvent(name)
            self.header = header
        }

        /// Its header, or what it has to be after a segment that was repaired.
        func header(after rebuilt: Rebuilt) -> SegmentHeader {
            if let header { return header }
            var header = rebuilt.header
            (header.firstEvent, header.previousChain) = (firstEvent, rebuilt.chain)
            return header
        }
    }

    private mutating func look(at name: String, before next: Successor?) throws(LogError) {
        let verdict = LogVerifier.verify(
            directory, name, mark: mark, isLast: next == nil, on: host.disk)
        if verdict.fault == nil, connects(verdict, next), let header = verdict.header {
            before = (header, verdict.chain, verdict.usedBytes)
            return
        }
        let salvage = Salvage(name, try bytes(name, upTo: .max))
        var header: SegmentHeader
        if let found = salvage.header {
            header = found
        } else {
            header = try substitute(name, next?.header)
        }
        if header.firstEvent == 1 { header.previousChain = Chain.genesis(logID: header.logID) }
        let first = findings.count
        let rebuilt = rebuilt(salvage, header, next)
        before = (header, rebuilt.chain, rebuilt.usedBytes)
        judge(rebuilt, verdict, next, isSilent: findings.count == first)
        guard findings[first...].allSatisfy({ $0.outcome != .open }) else { return }
        let replacement = Replacement(directory: directory, name: name, disk: host.disk)
        try replacement.put(rebuilt, before: next?.header(after: rebuilt))
    }

    /// Whether a segment ends where it has to.
    private func connects(_ verdict: SegmentVerdict, _ next: Successor?) -> Bool {
        guard let next else { return verdict.lastEvent >= mark.durable }
        return verdict.lastEvent + 1 == next.firstEvent
            && verdict.chain == next.header?.previousChain ?? verdict.chain
    }

    /// A header for a segment that has none left, by its neighbours, or by a copy where the history
    /// before it is not known.
    private func substitute(
        _ name: String, _ next: SegmentHeader?
    ) throws(LogError) -> SegmentHeader {
        let first = Segment.firstEvent(name)
        if before == nil,
            let copied = copies.lazy.compactMap({ copy in
                Donor.header(of: name, in: copy, host: host)
            }).first(where: { next == nil || $0.logID == next?.logID })
        {
            return copied
        }
        guard let neighbour = before?.header ?? next else {
            throw LogError(
                .damaged, "the header of the only segment is damaged",
                advice: "give a copy with --from", segment: name)
        }
        return SegmentHeader(
            logID: neighbour.logID,
            number: before.map { $0.header.number + 1 }
                ?? max(first == 1 ? 1 : 2, neighbour.number - 1),
            firstEvent: first, epoch: before?.header.epoch ?? 0, salt: neighbour.salt,
            segmentBytes: neighbour.segmentBytes,
            previousLength: UInt64(before?.usedBytes ?? 0), previousClosure: .integrity,
            previousChain: before?.chain ?? Octets(repeating: 0, count: 32),
            created: neighbour.created, dictionary: nil)
    }

    /// The segment as it has to be, as far as it can be had.
    private mutating func rebuilt(
        _ salvage: Salvage, _ header: SegmentHeader, _ next: Successor?
    ) -> Rebuilt {
        var rebuilt = Rebuilt(header: header, salt: host.random())
        var offset = 0
        for found in salvage.inOrder {
            let header = found.batch.header
            if let next, header.lastEvent >= next.firstEvent { continue }
            guard rebuilt.isContinued(by: header) else { continue }
            bridge(
                &rebuilt, to: header.firstEvent - 1, header.previousChain,
                salvage.hole(from: offset))
            rebuilt.add(found.batch)
            offset = max(offset, found.offset)
        }
        let hole = salvage.hole(from: offset)
        if let next {
            bridge(&rebuilt, to: next.firstEvent - 1, next.header?.previousChain, hole)
        } else if mark.durable > rebuilt.lastEvent {
            bridge(&rebuilt, to: mark.durable, mark.chain, hole)
        } else if let hole {
            // A header that is left names what followed it.
            let named = try? Batch.header(hole.bytes[...], salt: header.salt)
            let last = max(named?.lastEvent ?? 0, rebuilt.lastEvent + 1)
            bridge(&rebuilt, to: last, named?.chain, hole)
        }
        return rebuilt
    }

    /// Says what there is to say besides missing events: why a segment cannot be written anew, or, when none
    /// is missing, why it is.
    private mutating func judge(
        _ rebuilt: Rebuilt, _ verdict: SegmentVerdict, _ next: Successor?, isSilent: Bool
    ) {
        var finding = RepairFinding(
            segment: rebuilt.name, offset: verdict.faultOffset ?? 0,
            reason: verdict.fault ?? "a part that holds no events is damaged",
            outcome: acceptance == nil && copies.isEmpty ? .open : .rewritten)
        if let chain = next?.header?.previousChain, chain != rebuilt.chain {
            finding.reason =
                "it is not what the next segment continues; put the right file in its place"
            finding.outcome = .open
        } else if let chain = rebuilt.chains[mark.durable], chain != mark.chain {
            finding.reason = "COMMIT is of another history; put the right one in its place"
            finding.outcome = .open
        } else if !isSilent {
            return
        }
        findings.append(finding)
    }

    // MARK: What is missing

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
    ) {
        guard event > rebuilt.lastEvent else { return }
        let lost = rebuilt.lastEvent + 1...event
        let hole =
            hole
            ?? Hole(
                segment: rebuilt.name, offset: rebuilt.usedBytes, bytes: [],
                reason: "events are missing")
        var outcome = RepairFinding.Outcome.open
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
            RepairFinding(
                segment: hole.segment, offset: hole.offset, reason: hole.reason, lost: lost,
                outcome: outcome))
    }
}

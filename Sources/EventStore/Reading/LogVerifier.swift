// Reads a whole log and says of each segment whether it is what was written. Changes nothing.

import Dispatch
package import Domain
import Synchronization

/// What verification found about one segment.
package struct SegmentVerdict: Sendable {
    package var segment: String
    package var isSealed = false
    package var firstEvent: EventNumber = 0
    /// The last event before a fault.
    package var lastEvent: EventNumber = 0
    package var batches = 0
    /// Events that a gap stands for.
    package var lostEvents: UInt64 = 0
    /// Events of types that this version does not know.
    package var unknownEvents: UInt64 = 0
    /// Before compression, and as stored.
    package var rawBytes = 0
    package var usedBytes = 0
    package var fileBytes = 0
    package var created = WallTime(nanoseconds: 0)
    /// Nil when everything is right.
    package var fault: String?
    package var faultOffset: Int?
    /// Whether remains of a write that was cut short follow, which the next writer will cut.
    package var isTorn = false
    /// What the segment continues, and where it ends.
    var header: SegmentHeader?
    var chain: Octets = []
}

/// Verifies segments, as many at once as there are processors.
package enum LogVerifier {
    /// Checks every checksum, every hash, and the chain from one segment to the next. `each` is told as
    /// segments are done, in any order.
    package static func run(
        _ directory: String, host: LogHost = .machine,
        each: @escaping @Sendable (_ verdict: SegmentVerdict, _ done: Int, _ count: Int) -> Void
    ) throws(LogError) -> [SegmentVerdict] {
        let names = try Segment.names(in: directory, on: host.disk)
        // Read first: events that become durable meanwhile are no fault.
        let mark = CommitMarks.newest(in: directory, on: host.disk)
        let found = Mutex([Int: SegmentVerdict]())
        DispatchQueue.concurrentPerform(iterations: names.count) { index in
            let verdict = verify(
                directory, names[index], mark: mark, isLast: index == names.count - 1,
                on: host.disk)
            let done = found.withLock { found in
                found[index] = verdict
                return found.count
            }
            each(verdict, done, names.count)
        }
        var verdicts = found.withLock { found in names.indices.compactMap { found[$0] } }
        if verdicts.isEmpty, mark.durable > 0 { throw .noSegments(mark.durable) }
        connect(&verdicts)
        if let last = verdicts.last, last.fault == nil, mark.durable > last.lastEvent {
            let error = LogError.missingAfter(last.segment, last.lastEvent, mark.durable)
            verdicts[verdicts.count - 1].fault = error.reason
            verdicts[verdicts.count - 1].faultOffset = last.usedBytes
        }
        return verdicts
    }

    /// What verification could not look at, and what that means; nil when it saw all.
    package static func doubt(
        of verdicts: [SegmentVerdict], _ directory: String, host: LogHost = .machine
    ) -> String? {
        CommitMarks.newest(in: directory, on: host.disk).doubt(at: verdicts.last?.lastEvent ?? 0)
    }

    /// Holds the end of each segment against the beginning of the next.
    private static func connect(_ verdicts: inout [SegmentVerdict]) {
        for index in verdicts.indices.dropFirst() where verdicts[index].fault == nil {
            let before = verdicts[index - 1]
            guard before.fault == nil else { continue }
            if let one = verdicts[index].header, let other = before.header,
                let reason = SegmentOrder.fault(of: one, after: other)
            {
                verdicts[index].fault = reason
                verdicts[index].faultOffset = 0
            } else if verdicts[index].firstEvent != before.lastEvent + 1 {
                verdicts[index].fault =
                    "events \(before.lastEvent + 1) to "
                    + "\(verdicts[index].firstEvent - 1) are missing before it"
                verdicts[index].faultOffset = 0
            } else if verdicts[index].header?.previousChain != before.chain {
                verdicts[index].fault = "it does not continue the segment before it"
                verdicts[index].faultOffset = 0
            }
        }
    }

    static func verify(
        _ directory: String, _ name: String, mark: CommitMarks.Mark, isLast: Bool, on disk: any Disk
    ) -> SegmentVerdict {
        var verdict = SegmentVerdict(segment: name)
        do throws(LogError) {
            let segment = try Segment.open(directory + "/" + name, on: disk)
            try verify(segment, mark, isLast, &verdict)
        } catch {
            verdict.fault = error.reason
            verdict.faultOffset = verdict.faultOffset ?? error.offset.map { Int(clamping: $0) } ?? 0
        }
        return verdict
    }

    private static func verify(
        _ segment: Segment, _ mark: CommitMarks.Mark, _ isLast: Bool,
        _ verdict: inout SegmentVerdict
    ) throws(LogError) {
        verdict.isSealed = segment.header.isSealed
        verdict.firstEvent = segment.header.firstEvent
        verdict.created = segment.header.created
        verdict.fileBytes = segment.file.bytes
        verdict.header = segment.header
        var cursor = SegmentCursor(segment, check: .proven)
        var account = SealAccount()
        var fault: Batch.Fault?
        var isOfMark = mark.agrees(with: cursor.chain, after: cursor.lastEvent)
        do throws(Batch.Fault) {
            while let batch = try cursor.next() {
                if cursor.lastEvent == mark.durable, cursor.chain != mark.chain { throw .chain }
                account.add(batch)
                count(batch, &verdict)
                isOfMark = isOfMark && mark.agrees(with: cursor.chain, after: cursor.lastEvent)
            }
        } catch { fault = error }
        verdict.lastEvent = cursor.lastEvent
        verdict.batches = cursor.batches
        verdict.rawBytes = cursor.rawBytes
        verdict.usedBytes = cursor.offset
        verdict.chain = cursor.chain
        verdict.faultOffset = cursor.offset
        verdict.fault =
            segment.header.isSealed
            ? try sealFault(segment, account, cursor, fault)
            : try tailFault(cursor, fault, mark, isLast, &verdict.isTorn)
        if !isOfMark { verdict.fault = verdict.fault ?? mark.disagreement }
        if verdict.fault == nil { verdict.faultOffset = nil }
    }

    private static func count(_ batch: Batch, _ verdict: inout SegmentVerdict) {
        if batch.header.kind == .gap { verdict.lostEvents += UInt64(batch.header.count) }
        for index in 0..<batch.recordCount {
            guard let header = RecordHeader(batch.bytes(of: index)) else { continue }
            if EventType(rawValue: header.type) == nil { verdict.unknownEvents += 1 }
        }
    }

    private static func sealFault(
        _ segment: Segment, _ account: SealAccount, _ cursor: SegmentCursor, _ fault: Batch.Fault?
    ) throws(LogError) -> String? {
        if let fault { return fault.reason }
        guard segment.file.bytes == cursor.offset else { return Batch.Fault.end.reason }
        do throws(SystemCallFailure) {
            let bytes = try segment.file.read(at: SegmentHeader.frontBytes, count: Seal.bytes)
            guard let seal = Seal(bytes[...]) else { return "the seal is damaged" }
            return seal == account.seal(reason: seal.reason, chain: cursor.chain)
                ? nil : "the seal does not say what is in the segment"
        } catch { throw .unavailable(error) }
    }

    /// What follows the last whole batch of a live segment.
    private static func tailFault(
        _ cursor: SegmentCursor, _ fault: Batch.Fault?, _ mark: CommitMarks.Mark, _ isLast: Bool,
        _ isTorn: inout Bool
    ) throws(LogError) -> String? {
        let tail = try Tail(of: cursor, fault: fault ?? .empty)
        guard isLast else {
            // Its end is known from the next segment; nothing may follow it.
            return tail.length == 0 ? nil : (fault ?? .empty).reason
        }
        switch tail.verdict(mark: mark) {
        case .clean: return nil
        case .torn:
            isTorn = true
            return nil
        case .damaged(let reason): return reason
        }
    }
}

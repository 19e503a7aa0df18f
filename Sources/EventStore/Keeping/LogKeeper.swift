// What keeps a log in order while it is written: files for the next segments, sealing of closed ones, and
// reading all of it again from time to time, because disks forget. One piece of work at a time, none of
// it between an event and its acknowledgement.

import Domain

/// Works on a log besides its writer. Used by one thread at a time.
package final class LogKeeper {
    /// What came of a piece of work.
    package enum Outcome {
        /// There is nothing to do for now.
        case idle
        case done
        /// A sealed or closed segment is damaged.
        case damaged(LogError)
    }

    private let directory: String
    private let host: LogHost
    private let supply: SegmentSupply
    private let segmentBytes: Int
    /// Why there is no new file, or no room for the hour to come.
    package private(set) var shortage: String?
    /// Whether there is a file for what must still be recorded.
    var hasBallast: Bool { supply.hasBallast }
    /// Segments that cannot be sealed: damaged ones stay as they are.
    private var unsealable: Set<String> = []
    /// Sealed segments whose index is known to be there.
    private var indexed: Set<String> = []
    private var scrub: Scrub
    /// How fast segments are used up.
    private var growth = Growth()

    /// A keeper of the log in a directory.
    package init(_ directory: String, options: LogOptions, host: LogHost) {
        self.directory = directory
        self.host = host
        segmentBytes = options.segmentBytes
        supply = SegmentSupply(
            directory: directory, segmentBytes: options.segmentBytes, disk: host.disk)
        scrub = Scrub(directory, host: host)
    }

    /// Does the most urgent piece of work. Throws what the process must end for.
    package func step() throws(SystemCallFailure) -> Outcome {
        if try replenish() { return .done }
        switch try seal() {
        case .idle: return scrubNext()
        case let outcome: return outcome
        }
    }

    // MARK: Space

    /// True when a file was made. A failure is not the log's: it goes on with what it has.
    private func replenish() throws(SystemCallFailure) -> Bool {
        guard supply.isComplete else {
            do throws(SystemCallFailure) {
                try supply.replenish()
                return true
            } catch {
                shortage = error.description
                return false
            }
        }
        shortage = lowWater
        return false
    }

    /// Set when what is free would not last for an hour.
    private var lowWater: String? {
        guard let free = host.disk.freeBytes(in: directory) else { return nil }
        let names = (try? host.disk.names(in: directory)) ?? []
        let hourly = growth.hourly(segments: names.count, at: host.monotonic()) * segmentBytes
        guard free < UInt64(clamping: hourly) else { return nil }
        return "\(free >> 20) MiB are free, and the log grows by \(hourly >> 20) MiB an hour"
    }

    // MARK: Sealing

    private func seal() throws(SystemCallFailure) -> Outcome {
        guard let names = try? Segment.names(in: directory, on: host.disk) else { return .idle }
        for (name, next) in zip(names, names.dropFirst()) where !unsealable.contains(name) {
            let (segment, following): (Segment, Segment)
            do throws(LogError) {
                segment = try Segment.open(directory + "/" + name, on: host.disk)
                if segment.header.isSealed {
                    if try index(segment) { return .done }
                    continue
                }
                following = try Segment.open(directory + "/" + next, on: host.disk)
            } catch {
                unsealable.insert(name)
                return .damaged(error)
            }
            return try seal(segment, before: following.header)
        }
        return .idle
    }

    private func seal(
        _ segment: Segment, before next: SegmentHeader
    ) throws(SystemCallFailure) -> Outcome {
        do throws(SegmentSealer.Failure) {
            _ = try SegmentSealer.seal(segment, before: next, in: directory, on: host.disk)
            return .done
        } catch {
            switch error {
            case .damaged(let damage):
                unsealable.insert(segment.name)
                return .damaged(damage)
            case .postponed(let failure):
                shortage = shortage ?? (failure.isSpace ? failure.description : nil)
                return .idle
            case .fatal(let failure): throw failure
            }
        }
    }

    /// Makes the index of a sealed segment when it is missing or in doubt; true when it did.
    private func index(_ segment: Segment) throws(LogError) -> Bool {
        guard indexed.insert(segment.name).inserted,
            SegmentIndex.load(directory, segment.header, on: host.disk) == nil
        else { return false }
        let index: SegmentIndex
        do throws(Batch.Fault) {
            index = try SegmentIndex(of: segment)
        } catch {
            let header = segment.header
            throw .damaged(
                error.reason, segment: segment.name, offset: header.dataOffset,
                event: header.firstEvent)
        }
        try? index.save(directory, segment.header, on: host.disk)
        return true
    }

    // MARK: Scrubbing

    private func scrubNext() -> Outcome {
        guard let verdict = scrub.next() else { return .idle }
        guard let fault = verdict.fault else { return .done }
        return .damaged(
            .damaged(
                fault, segment: verdict.segment, offset: verdict.faultOffset ?? 0,
                event: verdict.lastEvent + 1))
    }
}

/// How many segments an hour takes at the present rate.
struct Growth {
    private var samples: [(at: Int64, segments: Int)] = []
    private static let hour: Int64 = 3_600_000_000_000
    private static let interval: Int64 = 60_000_000_000

    /// Looks at the count once a minute, and back over the last hour.
    mutating func hourly(segments: Int, at now: Int64) -> Int {
        if samples.last.map({ now - $0.at >= Self.interval }) ?? true {
            samples.append((now, segments))
            samples.removeAll { now - $0.at > Self.hour }
        }
        guard let first = samples.first, now - first.at >= Self.interval else { return 0 }
        let grown = Double(max(0, segments - first.segments))
        return Int(grown * Double(Self.hour) / Double(now - first.at))
    }
}

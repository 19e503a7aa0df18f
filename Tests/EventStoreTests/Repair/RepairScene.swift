// A damaged log beside a copy of it, on one simulated disk, and what a repair makes of it.

import Domain
import EventStore
import SimulatedMachine
import Testing

/// Something done to the log of `LogImage`, which has a sealed, a closed and a live segment.
struct Harm: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Whether events are lost by it.
    let losesEvents: Bool
    let change: @Sendable (LogImage, inout DiskState) -> Void

    static let all = [
        Harm("a batch of the live segment zeroed") { image, disk in
            let batch = image.batches(image.segments[2])[0]
            image.alter(image.segments[2], on: &disk) { bytes in
                for index in batch { bytes[index] = 0 }
            }
        },
        Harm("a batch of the closed segment flipped") { image, disk in
            let batch = image.batches(image.segments[1])[1]
            image.alter(image.segments[1], on: &disk) { $0[batch.lowerBound + 150] ^= 1 }
        },
        Harm("a batch of the closed segment over another") { image, disk in
            let batches = image.batches(image.segments[1])
            image.alter(image.segments[1], on: &disk) { bytes in
                let start = batches[0].lowerBound
                bytes.replaceSubrange(start..<start + batches[1].count, with: bytes[batches[1]])
            }
        },
        Harm("the last batch of the live segment over the first") { image, disk in
            let batches = image.batches(image.segments[2])
            image.alter(image.segments[2], on: &disk) { bytes in
                let (first, last) = (batches[0], batches[batches.count - 1])
                bytes.replaceSubrange(
                    first.lowerBound..<first.lowerBound + last.count, with: bytes[last])
            }
        },
        Harm("batches of the live segment swapped", losesEvents: false) { image, disk in
            let batches = image.batches(image.segments[2])
            image.alter(image.segments[2], on: &disk) { bytes in
                let (one, two) = (batches[0], batches[1])
                bytes.replaceSubrange(
                    one.lowerBound..<two.upperBound, with: bytes[two] + bytes[one])
            }
        },
        Harm("a block of the sealed segment flipped") { image, disk in
            image.alter(image.segments[0], on: &disk) { $0[$0.count - 100] ^= 1 }
        },
        Harm("the seal zeroed", losesEvents: false) { image, disk in
            image.alter(image.segments[0], on: &disk) { $0[8_192 + 40] ^= 1 }
        },
        Harm("the header of the sealed segment", change: header(0)),
        Harm("the header of the closed segment", change: header(1)),
        Harm("the header of the live segment", change: header(2)),
        Harm("the dictionary of the closed segment") { image, disk in
            image.alter(image.segments[1], on: &disk) { $0[8_192] ^= 1 }
        },
        Harm("the closed segment missing", change: missing(1)),
        Harm("the live segment missing", change: missing(2)),
        Harm("two segments at once") { image, disk in
            for name in image.segments.dropFirst() {
                let batch = image.batches(name)[0]
                image.alter(name, on: &disk) { $0[batch.upperBound - 1] ^= 1 }
            }
        },
    ]

    /// A byte of a segment changed.
    static func flipping(_ name: String, at offset: Int) -> Harm {
        Harm("a byte flipped") { image, disk in
            image.alter(name, on: &disk) { $0[offset] ^= 1 }
        }
    }

    private init(
        _ text: String, losesEvents: Bool = true,
        change: @escaping @Sendable (LogImage, inout DiskState) -> Void
    ) {
        (testDescription, self.losesEvents, self.change) = (text, losesEvents, change)
    }

    private static func header(_ segment: Int) -> @Sendable (LogImage, inout DiskState) -> Void {
        { image, disk in
            image.alter(image.segments[segment], on: &disk) { bytes in
                for page in [0, 4_096] { bytes[page + 50] ^= 1 }
            }
        }
    }

    private static func missing(_ segment: Int) -> @Sendable (LogImage, inout DiskState) -> Void {
        { image, disk in disk.remove(LogWorld.directory + "/" + image.segments[segment]) }
    }
}

extension LogImage {
    fileprivate func alter(
        _ name: String, on disk: inout DiskState, _ change: (inout Octets) -> Void
    ) {
        var bytes = bytes(name)
        change(&bytes)
        disk.replace(LogWorld.directory + "/" + name, with: bytes)
    }
}

/// A damaged log that can be repaired again and again, each time in a world of its own.
struct RepairScene {
    static let copy = "/data/copy"
    static let acceptance = LossAcceptance(
        operatorName: "Ada", note: "test", lastCDR: 7, knownThrough: .max)

    let world: LogWorld
    let records: [Record]

    /// The log of an image with a harm done to it, and what `copied` has as its copy.
    init(_ image: LogImage, _ harm: Harm, copied: LogImage? = nil) {
        world = image.world.fork()
        records = image.records
        world.disk.with { disk in
            harm.change(image, &disk)
            // It is not what a power cut undoes.
            disk.settleAll()
        }
        if let copied { copy(copied) }
    }

    /// Puts the segments of an image beside the log.
    func copy(_ image: LogImage) {
        let files = image.segments.map { ($0, image.bytes($0)) }
        try? world.disk.makeDirectory(Self.copy)
        world.disk.with { disk in
            for (name, bytes) in files { disk.replace(Self.copy + "/" + name, with: bytes) }
            disk.settleAll()
        }
    }

    /// Everything under every name of the log.
    static func contents(_ world: LogWorld) -> [String: Octets] {
        world.disk.with { disk in
            disk.names.filter { $0.key.hasSuffix(".evl") }
                .compactMapValues { disk.inodes[$0]?.cache }
        }
    }

    @discardableResult
    static func repair(
        _ world: LogWorld, from copies: [String] = [], accepting acceptance: LossAcceptance? = nil
    ) throws(LogError) -> [RepairFinding] {
        try LogRepair.run(
            LogWorld.directory, copies: copies, acceptance: acceptance, codec: LogWorld.codec,
            host: world.host)
    }

    static func faults(_ world: LogWorld) throws -> [String] {
        try LogVerifier.run(LogWorld.directory, host: world.host) { _, _, _ in }
            .compactMap(\.fault)
    }

    /// The records of a log at rest.
    static func read(_ world: LogWorld) throws -> [Record] {
        var reader = try LogReader(LogWorld.directory, codec: LogWorld.codec, host: world.host)
        var found: [Record] = []
        while let record = try reader.next() {
            found.append(record)
            guard reader.position == record.lastNumber else {
                throw Broken("after event \(record.number) the reader is at \(reader.position)")
            }
        }
        return found
    }
}

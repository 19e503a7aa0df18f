// A repaired segment takes the place of the damaged one, of which a copy is kept.

import Domain

struct Replacement {
    let directory: String
    let name: String
    let disk: any Disk

    private var unfinished: String { directory + "/" + name + ".new" }

    /// Writes the segment, sealed if another follows it.
    func put(_ rebuilt: Rebuilt, before next: SegmentHeader?) throws(LogError) {
        let segment: Segment
        do throws(SystemCallFailure) {
            try keep()
            segment = try write(rebuilt)
        } catch { throw .unavailable(error) }
        if let next { try seal(segment, before: next) }
        do throws(SystemCallFailure) {
            guard next == nil else { return try disk.remove(unfinished) }
            try disk.rename(unfinished, to: directory + "/" + name)
            try disk.syncDirectory(directory)
        } catch { throw .unavailable(error) }
    }

    private func write(_ rebuilt: Rebuilt) throws(SystemCallFailure) -> Segment {
        var header = rebuilt.header
        let end = header.dataOffset + rebuilt.bytes.count
        // Room to go on in, when it is the last one.
        let size = max(Int(clamping: header.segmentBytes), (end + 65_536) / 4_096 * 4_096)
        header.segmentBytes = UInt64(size)
        let file = try disk.open(unfinished, .replace)
        try file.fill(size)
        try file.write(header.front() + rebuilt.bytes, at: 0)
        try file.sync()
        return Segment(file: file, header: header, dictionary: nil)
    }

    private func seal(_ segment: Segment, before next: SegmentHeader) throws(LogError) {
        do throws(SegmentSealer.Failure) {
            _ = try SegmentSealer.seal(segment, before: next, in: directory, on: disk)
        } catch {
            switch error {
            case .postponed(let failure), .fatal(let failure): throw .unavailable(failure)
            case .damaged(let damage): throw damage
            }
        }
    }

    /// Copies the file as it is to `damaged/`.
    private func keep() throws(SystemCallFailure) {
        let folder = directory + "/damaged"
        try disk.makeDirectory(folder)
        let from = try disk.open(directory + "/" + name, .read)
        var target = folder + "/" + name
        while disk.exists(target) { target += "+" }
        let copy = try disk.open(target, .replace)
        let step = 1_048_576
        for offset in stride(from: 0, to: from.bytes, by: step) {
            try copy.write(try from.read(at: offset, count: step), at: offset)
        }
        try copy.sync()
        try disk.syncDirectory(folder)
        try disk.syncDirectory(directory)
    }
}

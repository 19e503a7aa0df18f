// A segment file that is being written, and the files that wait to become the next ones.

import Domain
import Glibc

/// An open segment with its header.
final class Segment {
    let file: LogFile
    let header: SegmentHeader
    /// Where the next batch goes.
    var end: Int

    init(file: LogFile, header: SegmentHeader, end: Int) {
        self.file = file
        self.header = header
        self.end = end
    }

    var name: String { SegmentHeader.fileName(firstEvent: header.firstEvent) }

    func hasRoom(for bytes: Int) -> Bool { end + bytes <= Int(header.segmentBytes) }

    /// Opens a segment and reads its header, from the copy when the first page is damaged.
    static func open(_ path: String, forWriting: Bool) throws(LogError) -> Segment {
        do throws(SystemCallFailure) {
            let file = try LogFile(path, forWriting ? O_RDWR : O_RDONLY)
            let pages = try file.read(at: 0, count: 2 * SegmentHeader.pageBytes)
            let first = SegmentHeader(page: pages.prefix(SegmentHeader.pageBytes))
            if let header = first
                ?? SegmentHeader(page: pages.dropFirst(SegmentHeader.pageBytes))
            {
                return Segment(file: file, header: header, end: SegmentHeader.dataOffset)
            }
        } catch { throw .unavailable(error) }
        let name = String(path.split(separator: "/").last ?? "")
        throw LogError(
            .damaged, "both copies of the segment header are damaged",
            advice: "restore the segment from a copy", segment: name)
    }

    /// Names of the segments of a log, oldest first.
    static func names(in directory: String) throws(LogError) -> [String] {
        do throws(SystemCallFailure) {
            return try LogFile.names(in: directory).filter {
                $0.count == 24 && $0.hasSuffix(".evl")
            }
        } catch { throw .unavailable(error) }
    }
}

/// Makes segment files before they are needed: a spare for the next roll, and a ballast that is used
/// only when the disk is full, so that calls in progress can end and be recorded.
struct SegmentSupply {
    let directory: String
    let segmentBytes: Int

    private var spare: String { directory + "/spare" }
    private var ballast: String { directory + "/ballast" }

    var hasSpare: Bool { access(spare, F_OK) == 0 }
    var hasBallast: Bool { access(ballast, F_OK) == 0 }

    /// Makes what is missing, the ballast last used first. False when there is no space.
    func replenish() throws(SystemCallFailure) -> Bool {
        for path in [ballast, spare] where access(path, F_OK) != 0 {
            guard try make(path) else { return false }
        }
        return true
    }

    private func make(_ path: String) throws(SystemCallFailure) -> Bool {
        let unfinished = path + ".new"
        do throws(SystemCallFailure) {
            unlink(unfinished)
            let file = try LogFile(unfinished, O_RDWR | O_CREAT | O_EXCL)
            try file.fill(segmentBytes)
            try LogFile.move(unfinished, to: path)
            try LogFile.syncDirectory(directory)
            return true
        } catch {
            unlink(unfinished)
            guard error.number == ENOSPC || error.number == EDQUOT else { throw error }
            return false
        }
    }

    /// Turns the spare, or else the ballast, into a segment. Nil when there is neither.
    func take(_ header: SegmentHeader) throws(SystemCallFailure) -> Segment? {
        guard let source = hasSpare ? spare : hasBallast ? ballast : nil else { return nil }
        let file = try LogFile(source, O_RDWR)
        var header = header
        header.segmentBytes = UInt64(file.bytes)
        try file.write(header.encoded + header.encoded, at: 0)
        try file.sync()
        let name = SegmentHeader.fileName(firstEvent: header.firstEvent)
        try LogFile.move(source, to: directory + "/" + name)
        try LogFile.syncDirectory(directory)
        return Segment(file: file, header: header, end: SegmentHeader.dataOffset)
    }
}

// A segment file: opened, with its header and dictionary known to be right.

import Domain

/// An open segment.
struct Segment {
    let file: any DiskFile
    let header: SegmentHeader
    let dictionary: CompressionDictionary?

    /// The name that the header asks for.
    var name: String { SegmentHeader.fileName(firstEvent: header.firstEvent) }

    /// Opens a segment and reads its header, from the copy when the first page is damaged.
    static func open(
        _ path: String, on disk: any Disk, _ access: DiskAccess = .read
    ) throws(LogError) -> Segment {
        let (file, header) = try front(path, on: disk, access)
        return Segment(
            file: file, header: header, dictionary: try dictionary(of: header, file, name(of: path))
        )
    }

    /// The header alone, for what is not read any further.
    static func header(_ path: String, on disk: any Disk) throws(LogError) -> SegmentHeader {
        try front(path, on: disk, .read).header
    }

    private static func name(of path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }

    private static func front(
        _ path: String, on disk: any Disk, _ access: DiskAccess
    ) throws(LogError) -> (file: any DiskFile, header: SegmentHeader) {
        let file: any DiskFile
        let pages: Octets
        do throws(SystemCallFailure) {
            file = try disk.open(path, access)
            pages = try file.read(at: 0, count: SegmentHeader.frontBytes)
        } catch { throw .unavailable(error) }
        let header = try header(of: pages, name(of: path))
        try check(header, name(of: path))
        return (file, header)
    }

    /// Whether a whole header may be that of a file with that name.
    private static func check(_ header: SegmentHeader, _ name: String) throws(LogError) {
        let advice = "put the right files back; nothing was changed"
        guard name == SegmentHeader.fileName(firstEvent: header.firstEvent) else {
            throw LogError(
                .inconsistent,
                "the segment begins with event \(header.firstEvent), which its name does not say",
                advice: advice, segment: name)
        }
        guard header.number != 1 || header.firstEvent == 1 else {
            throw LogError(
                .inconsistent,
                "the segment is the first of its log, but begins with event \(header.firstEvent)",
                advice: advice, segment: name)
        }
        guard header.hasItsOrigin else {
            throw .damaged(
                "the hash chain does not begin as the identifier of the log says", segment: name,
                offset: SegmentHeader.chainOffset, event: header.firstEvent)
        }
    }

    private static func header(of pages: Octets, _ name: String) throws(LogError) -> SegmentHeader {
        var isNewer = false
        for page in [
            pages.prefix(SegmentHeader.pageBytes), pages.dropFirst(SegmentHeader.pageBytes),
        ] {
            do throws(SegmentHeader.Fault) {
                return try SegmentHeader(page: page)
            } catch { isNewer = isNewer || error == .newer }
        }
        if isNewer {
            throw LogError(
                .newerFormat, "the segment was written by a newer version",
                advice: "use that version, or a newer one", segment: name)
        }
        throw LogError(
            .damaged, "both copies of the segment header are damaged",
            advice: LogError.restore, segment: name)
    }

    private static func dictionary(
        of header: SegmentHeader, _ file: any DiskFile, _ name: String
    ) throws(LogError) -> CompressionDictionary? {
        guard header.dictionaryBytes > 0, !header.isSealed else { return nil }
        do throws(SystemCallFailure) {
            let dictionary = CompressionDictionary(
                try file.read(
                    at: SegmentHeader.frontBytes, count: Int(header.dictionaryBytes)))
            if dictionary.hash == header.dictionaryHash { return dictionary }
        } catch { throw .unavailable(error) }
        throw LogError(
            .damaged, "the dictionary of the segment is damaged", advice: LogError.restore,
            segment: name, offset: UInt64(SegmentHeader.frontBytes), event: header.firstEvent)
    }

    /// Names of the segments of a log, oldest first.
    static func names(in directory: String, on disk: any Disk) throws(LogError) -> [String] {
        do throws(SystemCallFailure) {
            return try disk.names(in: directory).filter { $0.count == 24 && $0.hasSuffix(".evl") }
        } catch { throw .unavailable(error) }
    }

    /// The first event of a segment with that name.
    static func firstEvent(_ name: String) -> EventNumber { EventNumber(name.prefix(20)) ?? 0 }
}

// The dictionary of a new log: what SIP messages through a gateway like this one mostly say. From the
// second segment on the log's own records take its place.

import Domain

extension CompressionDictionary {
    /// The starter; nil for segments too small to carry it.
    static func starter(segmentBytes: Int) -> CompressionDictionary? {
        starterBytes.count <= segmentBytes / 16 ? CompressionDictionary(starterBytes) : nil
    }

    private static let starterBytes = Octets("placeholder".utf8)
}

// Tables of rows of the same width, stored column by column: bytes of one place are like each other, and
// LZ4 sees only what repeats side by side.

import Domain

enum ByteColumns {
    /// The columns of a table, one after the other.
    static func columns(of rows: Octets, width: Int) -> Octets {
        transposed(rows[...], width: width)
    }

    /// The rows of a table that was stored as columns.
    static func rows(of columns: ArraySlice<UInt8>, count: Int) -> Octets {
        transposed(columns, width: count)
    }

    /// So many are done at a time, so that what is written side by side stays in the fastest cache.
    private static let tile = 64

    private static func transposed(_ bytes: ArraySlice<UInt8>, width: Int) -> Octets {
        let height = width == 0 ? 0 : bytes.count / width
        return Octets(unsafeUninitializedCapacity: bytes.count) { target, count in
            bytes.withUnsafeBufferPointer { source in
                for left in stride(from: 0, to: width, by: tile) {
                    for row in 0..<height {
                        for column in left..<min(left + tile, width) {
                            target[column &* height &+ row] = source[row &* width &+ column]
                        }
                    }
                }
            }
            count = width * height
        }
    }
}

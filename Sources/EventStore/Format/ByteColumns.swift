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

    private static func transposed(_ bytes: ArraySlice<UInt8>, width: Int) -> Octets {
        let height = width == 0 ? 0 : bytes.count / width
        return Octets(unsafeUninitializedCapacity: bytes.count) { target, count in
            bytes.withUnsafeBufferPointer { source in
                for column in 0..<width {
                    for row in 0..<height {
                        target[column * height + row] = source[row * width + column]
                    }
                }
            }
            count = width * height
        }
    }
}

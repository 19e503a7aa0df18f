// The checksum of everything stored (RFC 3720 §B.4): by the processor where it can, by table where not.

import CLZ4

/// CRC32C over bytes.
package enum CRC32C {
    private static let hasHardware = clz4_has_crc32c() != 0

    package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        hasHardware ? hardware(bytes) : portable(bytes)
    }

    package static func of(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { of($0) } }

    package static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBytes { of($0) }
    }

    static func hardware(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return ~clz4_crc32c_hardware(~0, start, bytes.count)
    }

    /// The same in Swift: what the other is tested against.
    package static func portable(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8
        }
        return ~crc
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in
            crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1
        }
    }
}

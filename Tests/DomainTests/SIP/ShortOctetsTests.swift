// Bytes that stand in the value itself, and those for which there is no place in it.

import Domain
import Testing

@Suite struct ShortOctetsTests {
    private func octets(_ count: Int) -> Octets {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &+ 1) }
    }

    @Test(arguments: [0, 1, 8, 25, 47, 48, 49, 96, 256]) func givesBackWhatItHolds(count: Int) {
        let short = ShortOctets(octets(count))
        #expect(short.octets == octets(count))
        #expect(short.isEmpty == (count == 0))
        #expect(short == ShortOctets(octets(count)))
        #expect(short.hashValue == ShortOctets(octets(count)).hashValue)
    }

    @Test(arguments: [1, 48, 49, 100]) func everyByteCounts(count: Int) {
        let whole = octets(count)
        for index in whole.indices {
            var other = whole
            other[index] ^= 0x80
            #expect(ShortOctets(other) != ShortOctets(whole))
        }
    }

    /// A zero at the end is a byte, and no empty place.
    @Test func lengthCounts() {
        for count in [0, 5, 47, 48, 60] {
            #expect(ShortOctets(octets(count)) != ShortOctets(octets(count) + [0]))
        }
    }
}

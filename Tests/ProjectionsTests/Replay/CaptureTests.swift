// What other tools read of a call: packets with correct lengths and checksums, and no secrets.

import Domain
import Projections
import Testing

@Suite struct CaptureTests {
    private static func word(_ bytes: Octets, _ offset: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    /// The one's complement sum of a header or segment with its checksum is all ones.
    private static func sum(_ bytes: Octets) -> UInt32 {
        var sum: UInt32 = 0
        for (index, byte) in bytes.enumerated() { sum += UInt32(byte) << (index & 1 == 0 ? 8 : 0) }
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        return sum
    }

    /// Type and body of each block; the two lengths of each must agree.
    private static func blocks(_ bytes: Octets) -> [(type: Int, body: Octets)] {
        var found: [(type: Int, body: Octets)] = []
        var offset = 0
        while offset < bytes.count {
            let length = word(bytes, offset + 4)
            #expect(length % 4 == 0)
            #expect(word(bytes, offset + length - 4) == length)
            found.append((word(bytes, offset), Octets(bytes[(offset + 8)..<(offset + length - 4)])))
            offset += length
        }
        return found
    }

    @Test func captureHasEveryMessageOnce() throws {
        let ladder = try #require(Ladder(SampleCall.answered()))
        let blocks = Self.blocks(PacketCapture(ladder).bytes)
        #expect(blocks.map(\.type) == [0x0a0d_0d0a, 1] + Array(repeating: 6, count: 16))
        let first = blocks[2].body
        #expect(Self.word(first, 12) == Self.word(first, 16))
        let text = String(decoding: PacketCapture(ladder).bytes, as: UTF8.self)
        #expect(!text.contains("deadbeef"))
        #expect(text.contains("attempt 1 failed: 503 Service Unavailable"))
        #expect(text.contains("seen 3 times"))
    }

    @Test func datagramsHaveCorrectChecksums() {
        let ends = [SampleCall.caller, SampleCall.second]
        for source in ends {
            for destination in ends {
                for payload in [Octets(), [1], Octets(repeating: 0xff, count: 1_501)] {
                    let bytes = Datagram(source: source, destination: destination, payload: payload)
                        .bytes
                    let isV6 = source.address.isV6 || destination.address.isV6
                    #expect(bytes[0] >> 4 == (isV6 ? 6 : 4))
                    if !isV6 { #expect(Self.sum(Octets(bytes[..<20])) == 0xffff) }
                    let header = isV6 ? 40 : 20
                    let addresses = bytes[(isV6 ? 8 : 12)..<header]
                    let length = UInt16(bytes.count - header)
                    let pseudo =
                        Octets(addresses) + [0, 17, UInt8(length >> 8), UInt8(length & 255)]
                    #expect(Self.sum(pseudo + Octets(bytes[header...])) == 0xffff)
                    #expect(bytes.suffix(payload.count) == payload[...])
                }
            }
        }
    }

    @Test func aPayloadThatNoDatagramHoldsIsCut() {
        let long = Octets(repeating: 0x41, count: 70_000)
        let small = Datagram(
            source: SampleCall.caller, destination: SampleCall.first, payload: long)
        #expect(small.bytes.count == 65_535)
        let large = Datagram(
            source: SampleCall.second, destination: SampleCall.first, payload: long)
        #expect(large.bytes.count == 65_535 + 40)
    }

    @Test func collectorGetsBothLegsUnderOneName() throws {
        let ladder = try #require(Ladder(SampleCall.answered()))
        let datagrams = CapturePacket(ladder).datagrams
        #expect(datagrams.count == 16)
        for datagram in datagrams {
            #expect(datagram.starts(with: "HEP3".utf8))
            #expect(Int(datagram[4]) << 8 | Int(datagram[5]) == datagram.count)
            #expect(String(decoding: datagram, as: UTF8.self).contains("\(SampleCall.call)"))
        }
    }
}

// Groups of a sealed segment: a flag byte, then the bytes. Unless the flag says otherwise the checksums are
// put right first.

import Domain
@testable import EventStore

private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 0, count: 32)))

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    var bytes = Octets(UnsafeBufferPointer(start: start + 1, count: count - 1))
    if start[0] & 1 == 0 { correct(&bytes) }
    guard let header = GroupHeader(bytes[...]), header.totalBytes <= bytes.count,
        var group = try? SealedGroup(bytes[...], header)
    else { return 0 }
    _ = group.records(of: .gateway)
    var place = Batch.Place(
        nextEvent: header.firstEvent, chain: header.previousChain, epoch: 0, salt: header.salt)
    while !group.isAtEnd, let batch = try? group.next(after: place, check: .stored) {
        for index in 0..<batch.recordCount { _ = try? batch.record(index).decoded(codec) }
        place.nextEvent = batch.header.lastEvent + 1
        place.chain = batch.header.chain
    }
    return 0
}

/// By the offsets of docs/log-format.md: of the plan, of each block, and of the header.
private func correct(_ bytes: inout Octets) {
    guard bytes.count >= 84 else { return }
    let blocks = (number(bytes, 64) + 1_048_575) / 1_048_576
    let end = 80 + 8 * blocks + 4
    guard end <= bytes.count else { return }
    var start = end
    for (length, checksum) in [(68, 76)] + (0..<blocks).map({ (80 + 8 * $0, 84 + 8 * $0) }) {
        let next = min(start + number(bytes, length), bytes.count)
        sign(&bytes, start..<next, at: checksum)
        start = next
    }
    sign(&bytes, 0..<end - 4, at: end - 4)
    bytes += repeatElement(0, count: (8 - bytes.count % 8) % 8)
}

private func number(_ bytes: Octets, _ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) }
}

private func sign(_ bytes: inout Octets, _ range: Range<Int>, at offset: Int) {
    bytes.store(bytes[range].withUnsafeBytes { CRC32C.of($0) }, at: offset)
}

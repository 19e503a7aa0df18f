// Whole batches: a flag byte, then the bytes. Unless the flag says otherwise the checksums are put
// right first, as an attacker with the disk would, so that lengths and records are fuzzed and not CRC32C.

import Domain
@testable import EventStore

private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 0, count: 32)))

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > BatchHeader.bytes else { return 0 }
    var bytes = Octets(UnsafeBufferPointer(start: start + 1, count: count - 1))
    if start[0] & 1 == 0 { correct(&bytes) }
    read(bytes)
    return 0
}

/// The one place that knows how a batch is read.
private func read(_ bytes: Octets) {
    guard let header = BatchHeader(bytes.prefix(BatchHeader.bytes)),
        let batch = try? Batch(
            bytes[...],
            after: Batch.Place(
                nextEvent: header.firstEvent, chain: header.previousChain, epoch: header.epoch,
                salt: header.salt), dictionary: nil, check: .stored)
    else { return }
    for index in 0..<batch.recordCount { _ = try? batch.record(index).decoded(codec) }
}

/// Checksums, chain and trailer, by the offsets of docs/log-format.md.
private func correct(_ bytes: inout Octets) {
    bytes.replaceSubrange(104..<136, with: repeatElement(0, count: 32))
    let stored = Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16 | Int(bytes[11]) << 24
    let end = BatchHeader.bytes + stored
    guard end <= bytes.count else { return sign(&bytes) }
    bytes.store(bytes[BatchHeader.bytes..<end].withUnsafeBytes { CRC32C.of($0) }, at: 136)
    sign(&bytes)
    guard let header = BatchHeader(bytes.prefix(BatchHeader.bytes)) else { return }
    bytes.removeSubrange(end...)
    bytes += repeatElement(0, count: header.paddedBytes - stored)
    bytes += header.trailer
}

private func sign(_ bytes: inout Octets) {
    bytes.store(bytes[..<140].withUnsafeBytes { CRC32C.of($0) }, at: 140)
}

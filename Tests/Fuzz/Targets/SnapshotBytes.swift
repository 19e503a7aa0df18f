// Whole snapshot files: a flag byte, then the bytes. Unless the flag says otherwise the checksums and the
// version of the fold are put right first.

import Domain
@testable import EventStore

private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 0, count: 32)))

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > SnapshotHeader.bytes else { return 0 }
    var bytes = Octets(UnsafeBufferPointer(start: start + 1, count: count - 1))
    if start[0] & 1 == 0 { correct(&bytes) }
    guard let file = try? SnapshotFile(bytes, codec: codec) else { return 0 }
    // What was read is written so that it is read the same.
    let again = try? SnapshotFile(
        SnapshotFile.encoded(file.snapshot, chain: file.header.chain, codec: codec), codec: codec)
    precondition(again?.snapshot == file.snapshot, "the snapshot does not survive writing")
    return 0
}

/// By the offsets of docs/log-format.md.
private func correct(_ bytes: inout Octets) {
    guard bytes.count >= SnapshotHeader.bytes else { return }
    bytes.store(SwitchboardState.foldVersion, at: 10)
    sign(&bytes, 0..<92, at: 92)
    var start = SnapshotHeader.bytes
    while start + 16 <= bytes.count {
        let stored = (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << ($1 * 8) }
        let end = min(start + 16 + stored, bytes.count)
        sign(&bytes, start + 16..<end, at: start + 8)
        sign(&bytes, start..<start + 12, at: start + 12)
        start = end
    }
}

private func sign(_ bytes: inout Octets, _ range: Range<Int>, at offset: Int) {
    bytes.store(bytes[range].withUnsafeBytes { CRC32C.of($0) }, at: offset)
}

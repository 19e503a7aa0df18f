// Bodies of every event type: a flag byte, the type in two bytes, the version in one, then the body.

import Domain
@testable import EventStore

private let open = EventCodec(sealer: Sealer(key: Octets(repeating: 0, count: 32)))
private let blind = EventCodec(sealer: nil)

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count >= 4 else { return 0 }
    let input = Octets(UnsafeBufferPointer(start: start, count: count))
    let type = UInt16(input[1]) | UInt16(input[2]) << 8
    let codec = input[0] & 1 == 0 ? open : blind
    guard
        let event = try? codec.decode(type: type, version: input[3], body: input[4...])
    else { return 0 }
    // What was read is written so that it is read the same.
    var bytes: Octets = []
    open.encode(event, into: &bytes)
    let version = Upcasters.present.version(of: event.type)
    let again = try? open.decode(type: type, version: version, body: bytes[...])
    precondition(again == event, "the event does not survive writing and reading")
    if input[0] & 2 != 0 { show(event) }
    return 0
}

/// As `log dump` does.
private func show(_ event: Event) {
    let stamp = Stamp(wall: WallTime(nanoseconds: 0), instant: Instant(nanoseconds: 0), boot: 0)
    let record = Record(
        number: 1, stamp: stamp, stream: .gateway, eventID: EventID(epoch: 0, ordinal: 0),
        event: event)
    precondition(!EventText.json(record).text.isEmpty)
}

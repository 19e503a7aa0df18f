// Buffers for reading several datagrams with one system call, allocated once: the packet path makes
// no allocation and a burst costs one call.

import CLinux
import Domain
import Glibc

/// One received datagram. The bytes are valid until the next receive.
struct Datagram {
    let bytes: UnsafeRawBufferPointer
    let source: Endpoint
    /// When the kernel got it.
    let arrived: WallTime
}

/// Room for a burst of datagrams of any size.
final class DatagramBatch {
    static let capacity = 8
    /// No UDP payload is longer, so none is ever cut.
    private static let payloadStride = 65_536
    private static let nameStride = MemoryLayout<sockaddr_in6>.stride
    /// One time stamp with its header takes 32 bytes.
    private static let controlStride = 64

    private let payloads: UnsafeMutableRawPointer
    private let names: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let headers: UnsafeMutablePointer<mmsghdr>

    init() {
        let count = Self.capacity
        payloads = .allocate(byteCount: count * Self.payloadStride, alignment: 4_096)
        names = .allocate(byteCount: count * Self.nameStride, alignment: 8)
        controls = .allocate(byteCount: count * Self.controlStride, alignment: 8)
        vectors = .allocate(capacity: count)
        headers = .allocate(capacity: count)
        headers.initialize(repeating: mmsghdr(), count: count)
        for index in 0..<count {
            (vectors + index).initialize(
                to: iovec(
                    iov_base: payloads + index * Self.payloadStride, iov_len: Self.payloadStride))
        }
    }

    deinit {
        payloads.deallocate()
        names.deallocate()
        controls.deallocate()
        vectors.deallocate()
        headers.deallocate()
    }

    /// Reads what is there without waiting, up to a limit; the number of datagrams, 0 when there is none.
    func receive(from descriptor: Int32, limit: Int = capacity) -> Int {
        for index in 0..<limit {
            headers[index].msg_hdr.msg_name = names + index * Self.nameStride
            headers[index].msg_hdr.msg_namelen = socklen_t(Self.nameStride)
            headers[index].msg_hdr.msg_iov = vectors + index
            headers[index].msg_hdr.msg_iovlen = 1
            headers[index].msg_hdr.msg_control = controls + index * Self.controlStride
            headers[index].msg_hdr.msg_controllen = Self.controlStride
        }
        if limit == 1 {
            let length = recvmsg(descriptor, &headers[0].msg_hdr, Int32(MSG_DONTWAIT))
            headers[0].msg_len = UInt32(max(0, length))
            return length < 0 ? 0 : 1
        }
        let count = recvmmsg(descriptor, headers, UInt32(limit), Int32(MSG_DONTWAIT), nil)
        return max(0, Int(count))
    }

    /// A datagram of the last receive; nil when its source is no IP address.
    subscript(index: Int) -> Datagram? {
        let header = headers[index].msg_hdr
        let name = UnsafeRawBufferPointer(
            start: names + index * Self.nameStride, count: Int(header.msg_namelen))
        guard let source = Endpoint(socketAddress: name) else { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: payloads + index * Self.payloadStride, count: Int(headers[index].msg_len))
        let control = UnsafeRawBufferPointer(
            start: controls + index * Self.controlStride, count: Int(header.msg_controllen))
        return Datagram(
            bytes: bytes, source: source, arrived: Self.timestamp(control) ?? RelayClock.wall)
    }

    /// The kernel's time stamp: a control header of 16 bytes (length, level, type) and a timespec of two words.
    private static func timestamp(_ control: UnsafeRawBufferPointer) -> WallTime? {
        guard control.count >= 32,
            control.load(fromByteOffset: 8, as: Int32.self) == SOL_SOCKET,
            control.load(fromByteOffset: 12, as: Int32.self) == SO_TIMESTAMPNS
        else { return nil }
        let seconds = Int64(control.load(fromByteOffset: 16, as: Int.self))
        let rest = Int64(control.load(fromByteOffset: 24, as: Int.self))
        return WallTime(nanoseconds: seconds &* 1_000_000_000 &+ rest)
    }
}

/// The relay's own clock readings: it is part of the gateway, not of the core.
enum RelayClock {
    static var instant: Instant { Instant(nanoseconds: clinux_clock(CLOCK_MONOTONIC)) }
    static var wall: WallTime { WallTime(nanoseconds: clinux_clock(CLOCK_REALTIME)) }
}

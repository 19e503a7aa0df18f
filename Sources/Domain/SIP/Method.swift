// Request methods: bytes, because any token may be one, compared with their case (RFC 3261 §7.1).

/// The method of a request.
package struct Method: Hashable, Sendable {
    /// As written, for instance `INVITE`.
    package let octets: Octets

    package init(_ octets: some Sequence<UInt8>) { self.octets = Octets(octets) }

    package static let invite = Method("INVITE".utf8)
    package static let ack = Method("ACK".utf8)
    package static let bye = Method("BYE".utf8)
    package static let cancel = Method("CANCEL".utf8)
    package static let options = Method("OPTIONS".utf8)
    package static let register = Method("REGISTER".utf8)
    package static let prack = Method("PRACK".utf8)
    package static let update = Method("UPDATE".utf8)
    package static let info = Method("INFO".utf8)
    package static let refer = Method("REFER".utf8)
    package static let notify = Method("NOTIFY".utf8)
    package static let subscribe = Method("SUBSCRIBE".utf8)
    package static let message = Method("MESSAGE".utf8)
    package static let publish = Method("PUBLISH".utf8)

    /// The methods with a meaning here; a token of the wire is matched to one of them, so that
    /// comparing two methods rarely looks at more than the shared storage.
    static let known = [
        invite, ack, bye, cancel, options, register, prack, update, info, refer, notify, subscribe,
        message, publish,
    ]

    /// The method of that name, sharing storage with the known one if it is known.
    init(sharing octets: ArraySlice<UInt8>) {
        self = octets.withUnsafeBytes { Self(sharing: $0) }
    }

    package init(sharing bytes: UnsafeRawBufferPointer) {
        for method in Self.known where method.octets.count == bytes.count {
            if method.octets.withUnsafeBytes({ $0.elementsEqual(bytes) }) {
                self = method
                return
            }
        }
        self.init(bytes)
    }
}

extension Method: CustomStringConvertible {
    package var description: String { String(decoding: octets, as: UTF8.self) }
}

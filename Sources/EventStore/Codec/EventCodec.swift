// Between events and the bytes of their bodies.

package import Domain

/// Why the body of an event could not be read.
package struct CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Number of the field; 0 for the body as a whole.
    package var field: UInt32
    package var reason: String
    /// Whether all that is wrong is the key that secrets are to be opened with.
    package var isOfAnotherKey = false

    package var description: String {
        field == 0 ? reason : "field \(field) \(reason)"
    }
}

/// Codes events. Without a sealer secrets are left out when written, and masked or empty when read.
package struct EventCodec: Sendable {
    private let sealer: Sealer?
    private let upcasters: Upcasters

    package init(sealer: Sealer?, upcasters: Upcasters = .present) {
        self.sealer = sealer
        self.upcasters = upcasters
    }

    /// Appends the body of an event.
    package func encode(_ event: Event, into bytes: inout Octets) {
        var encoder = FieldEncoder(appendingTo: bytes, sealer: sealer)
        // The buffer is the encoder's meanwhile, so that it is not copied.
        bytes = []
        Self.code(event, &encoder)
        bytes = encoder.bytes
    }

    /// Nil for a type that this version does not know and may skip.
    package func decode(
        type: UInt16, version: UInt8, body: ArraySlice<UInt8>
    ) throws(CodecError) -> Event? {
        guard let type = EventType(rawValue: type) else {
            if type & 0x8000 == 0 { return nil }
            throw CodecError(
                field: 0,
                reason: "event type \(type) is not known and must not be skipped; a newer "
                    + "version of the program wrote it")
        }
        let present = upcasters.version(of: type)
        guard version <= present, version > 0 else {
            throw CodecError(
                field: 0, reason: "version \(version) of event type \(type) is not known")
        }
        // A body that cannot be lifted cannot be read as it is, either, and that says why.
        let lifted = version < present ? upcasters.lift(body, type, from: version) : nil
        return try read(type, lifted?[...] ?? body)
    }

    private func read(_ type: EventType, _ body: ArraySlice<UInt8>) throws(CodecError) -> Event {
        let (event, error) = body.withUnsafeBytes { Self.read(type, $0, sealer) }
        if let error { throw error }
        return event
    }
}

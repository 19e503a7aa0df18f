// Which message each event type has. One line for each, in both directions.

import Domain

extension EventCodec {
    static func code(_ event: Event, _ encoder: inout FieldEncoder) {
        func put(_ value: some Coded) {
            var value = value
            value.code(&encoder)
        }
        switch event {
        case .gatewayStarted(let event): put(event)
        case .tornTailCut(let event): put(event)
        case .gapRecorded(let event): put(event)
        case .trunkCreated(let event): put(event)
        case .trunkUpdated(let event): put(event)
        case .trunkCredentialRotated(let event): put(event)
        case .trunkDeleted(let event): put(event)
        case .carrierCreated(let event): put(event)
        case .carrierUpdated(let event): put(event)
        case .carrierDeleted(let event): put(event)
        case .routeCreated(let event): put(event)
        case .routeUpdated(let event): put(event)
        case .routeDeleted(let event): put(event)
        case .hostResolved(let event): put(event)
        case .unauthenticatedCounted(let event): put(event)
        case .requestReceived(let event): put(event.fields)
        case .requestSent(let event): put(event.fields)
        case .responseReceived(let event): put(event.fields)
        case .responseSent(let event): put(event.fields)
        case .timerFired(let event): put(event)
        case .transportFailed(let event): put(event)
        case .repeatsAbsorbed(let event): put(event)
        case .callOffered(let event): put(event)
        case .callRefused(let event): put(event)
        case .callAuthorised(let event): put(event)
        case .callRouted(let event): put(event)
        case .callProgressed(let event): put(event)
        case .callAnswered(let event): put(event)
        case .attemptFailed(let event): put(event)
        case .attemptSettled(let event): put(event)
        case .dialogRefreshed(let event): put(event)
        case .mediaChanged(let event): put(event)
        case .mediaLatched(let event): put(event)
        case .mediaStarted(let event): put(event)
        case .mediaReported(let event): put(event)
        case .callEnded(let event): put(event)
        }
    }

    static func read(
        _ type: EventType, _ body: UnsafeRawBufferPointer, _ sealer: Sealer?
    ) -> (Event, CodecError?) {
        func take<Value: Coded>(_ make: (Value) -> Event) -> (Event, CodecError?) {
            let (value, error) = FieldDecoder.read(body, sealer: sealer) as (Value, CodecError?)
            return (make(value), error)
        }
        return switch type {
        case .gatewayStarted: take(Event.gatewayStarted)
        case .tornTailCut: take(Event.tornTailCut)
        case .gapRecorded: take(Event.gapRecorded)
        case .trunkCreated: take(Event.trunkCreated)
        case .trunkUpdated: take(Event.trunkUpdated)
        case .trunkCredentialRotated: take(Event.trunkCredentialRotated)
        case .trunkDeleted: take(Event.trunkDeleted)
        case .carrierCreated: take(Event.carrierCreated)
        case .carrierUpdated: take(Event.carrierUpdated)
        case .carrierDeleted: take(Event.carrierDeleted)
        case .routeCreated: take(Event.routeCreated)
        case .routeUpdated: take(Event.routeUpdated)
        case .routeDeleted: take(Event.routeDeleted)
        case .hostResolved: take(Event.hostResolved)
        case .unauthenticatedCounted: take(Event.unauthenticatedCounted)
        case .requestReceived: take { .requestReceived(SignallingStep($0)) }
        case .requestSent: take { .requestSent(SignallingStep($0)) }
        case .responseReceived: take { .responseReceived(SignallingStep($0)) }
        case .responseSent: take { .responseSent(SignallingStep($0)) }
        case .timerFired: take(Event.timerFired)
        case .transportFailed: take(Event.transportFailed)
        case .repeatsAbsorbed: take(Event.repeatsAbsorbed)
        case .callOffered: take(Event.callOffered)
        case .callRefused: take(Event.callRefused)
        case .callAuthorised: take(Event.callAuthorised)
        case .callRouted: take(Event.callRouted)
        case .callProgressed: take(Event.callProgressed)
        case .callAnswered: take(Event.callAnswered)
        case .attemptFailed: take(Event.attemptFailed)
        case .attemptSettled: take(Event.attemptSettled)
        case .dialogRefreshed: take(Event.dialogRefreshed)
        case .mediaChanged: take(Event.mediaChanged)
        case .mediaLatched: take(Event.mediaLatched)
        case .mediaStarted: take(Event.mediaStarted)
        case .mediaReported: take(Event.mediaReported)
        case .callEnded: take(Event.callEnded)
        }
    }
}

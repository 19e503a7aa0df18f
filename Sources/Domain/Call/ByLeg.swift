// What a call has for each of its two legs. A table for two would be an allocation for each.

/// A value for each leg, or none.
package struct ByLeg<Value: Sendable>: Sendable {
    private var caller: Value?
    private var destination: Value?

    package init() {}

    package subscript(leg: Leg) -> Value? {
        get { leg == .caller ? caller : destination }
        set { if leg == .caller { caller = newValue } else { destination = newValue } }
    }
}

extension ByLeg: Equatable where Value: Equatable {}

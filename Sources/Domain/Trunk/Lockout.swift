// Stops the guessing of passwords from a source, without letting anyone lock a customer out: what is
// locked is always a source, or a credential as used from one source.

/// Recent failures, bounded in number and in time.
struct Lockout: Sendable {
    private enum Offender: Hashable {
        case source(IPAddress)
        /// A username at a trunk, from a source.
        case credential(IPAddress, label: String, username: Octets)
    }

    private struct Failures {
        var count: Int
        var last: Instant
    }

    private var failures: [Offender: Failures] = [:]
    private var order: [Offender] = []
    private var head = 0
    private let capacity: Int

    init(capacity: Int = Limits.rememberedSources) { self.capacity = capacity }

    /// Whether everything from the source is refused for now.
    func isLocked(_ source: IPAddress, at now: Instant) -> Bool {
        count(.source(Self.party(source)), now) >= Limits.failuresBeforeLockout
    }

    /// Whether that username at that trunk is refused for now when it comes from the source.
    func isLocked(
        _ source: IPAddress, label: String, username: Octets, at now: Instant
    ) -> Bool {
        let party = Self.party(source)
        return count(.credential(party, label: label, username: username), now)
            >= Limits.failuresPerCredential
    }

    /// Counts a wrong answer. What is locked already is not locked for longer by it.
    mutating func fail(_ source: IPAddress, label: String, username: Octets, at now: Instant) {
        let party = Self.party(source)
        add(.source(party), now)
        add(.credential(party, label: label, username: username), now)
    }

    /// A right answer clears that credential, but not the source: others may be guessing there.
    mutating func succeed(_ source: IPAddress, label: String, username: Octets) {
        let key = Offender.credential(Self.party(source), label: label, username: username)
        failures[key]?.count = 0
    }

    /// One IPv6 customer has a /64 to send from, so that is what counts as a source.
    private static func party(_ address: IPAddress) -> IPAddress {
        if case .v6(let high, _) = address { .v6(high, 0) } else { address }
    }

    private func count(_ offender: Offender, _ now: Instant) -> Int {
        guard let seen = failures[offender], now - seen.last < Limits.lockout else { return 0 }
        return seen.count
    }

    private mutating func add(_ offender: Offender, _ now: Instant) {
        let before = count(offender, now)
        if failures[offender] == nil {
            if failures.count >= capacity { forgetOldest() }
            order.append(offender)
        }
        failures[offender] = Failures(count: before + 1, last: now)
    }

    private mutating func forgetOldest() {
        failures[order[head]] = nil
        head += 1
        guard head > capacity else { return }
        order.removeFirst(head)
        head = 0
    }
}

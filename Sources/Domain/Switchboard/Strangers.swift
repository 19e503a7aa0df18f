// What unauthenticated senders may cost. They are answered without state; what is recorded of them
// has an allowance, and the rest is counted.

/// Counters, allowances and recent challenges for traffic that no trunk vouches for.
struct Strangers {
    /// A challenge kept for the retry that authenticates.
    struct Challenge {
        let request: Message
        let response: Octets
        let seen: WallTime
        let path: Path
    }

    private(set) var counts: UnauthenticatedCounted
    private var perSource: [IPAddress: Bucket] = [:]
    private var overall: Bucket
    private var challenges: [Octets: [Challenge]] = [:]
    /// Keys of `challenges` in the order of arrival, a ring.
    private var order: [Octets] = []
    private var oldest = 0

    init(at now: Moment) {
        counts = Self.empty(from: now.wall)
        overall = Bucket(capacity: Double(Limits.recordedRefusalsPerSecond), at: now.instant)
    }

    private static func empty(from wall: WallTime) -> UnauthenticatedCounted {
        UnauthenticatedCounted(
            from: wall, to: wall, challenges: 0, refusals: 0, malformed: 0, bytes: 0)
    }

    var isEmpty: Bool { counts.challenges == 0 && counts.refusals == 0 && counts.malformed == 0 }

    mutating func countRefusal(bytes: Int) {
        counts.refusals += 1
        counts.bytes += UInt64(bytes)
    }

    mutating func countMalformed(bytes: Int) {
        counts.malformed += 1
        counts.bytes += UInt64(bytes)
    }

    /// Ends the window: what was counted, and a new start.
    mutating func takeCounts(at now: WallTime) -> UnauthenticatedCounted {
        var taken = counts
        taken.to = now
        counts = Self.empty(from: now)
        return taken
    }

    /// Whether a refusal of this source may be recorded as a call of its own.
    mutating func mayRecordRefusal(of source: IPAddress, at now: Instant) -> Bool {
        let perMinute = Double(Limits.recordedRefusalsPerSource)
        if perSource.count >= Limits.rememberedSources, perSource[source] == nil {
            perSource.removeAll(keepingCapacity: true)
        }
        var bucket = perSource[source] ?? Bucket(capacity: perMinute, at: now)
        let isAllowed =
            bucket.take(at: now, perSecond: perMinute / 60)
            && overall.take(at: now, perSecond: Double(Limits.recordedRefusalsPerSecond))
        perSource[source] = bucket
        return isAllowed
    }

    mutating func remember(_ challenge: Challenge) {
        counts.challenges += 1
        counts.bytes += UInt64(challenge.request.bytes.count)
        let key = Self.key(challenge.request)
        if order.count < Limits.rememberedChallenges {
            order.append(key)
        } else {
            drop(order[oldest])
            order[oldest] = key
            oldest = (oldest + 1) % order.count
        }
        challenges[key, default: []].append(challenge)
    }

    private mutating func drop(_ key: Octets) {
        guard var kept = challenges[key] else { return }
        kept.removeFirst()
        challenges[key] = kept.isEmpty ? nil : kept
    }

    /// The challenges that a request's earlier tries got, oldest first. They stay in the ring until
    /// it turns: a dialog identifier is hardly used twice.
    func challenges(before request: Message) -> [Challenge] { challenges[Self.key(request)] ?? [] }

    private static func key(_ request: Message) -> Octets {
        Octets(request.callID) + [0] + (request.from.tag ?? [])
    }
}

/// An allowance that refills: a token bucket.
package struct Bucket: Sendable {
    private let capacity: Double
    private var tokens: Double
    private var filled: Instant

    package init(capacity: Double, at now: Instant) {
        self.capacity = capacity
        tokens = capacity
        filled = now
    }

    package mutating func take(at now: Instant, perSecond: Double) -> Bool {
        let elapsed = Double((now - filled).nanoseconds) / 1e9
        tokens = min(capacity, tokens + elapsed * perSecond)
        filled = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}

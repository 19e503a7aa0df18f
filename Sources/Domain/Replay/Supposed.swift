// A supposition over a log: from which time it holds, what trunks and routes are under it, and which
// calls leave their recorded course. What such a call does afterwards is in no log, so it is followed no
// further than to the decision that sets it apart.

/// What a replay keeps of a supposition. Confined to that replay.
final class Supposed {
    let supposition: Supposition
    let hashes: Hashes
    private let from: WallTime
    /// Trunks, carriers and routes as recorded.
    private(set) var recorded = Directory(baseDomain: "")
    /// The same under the supposition; nil while a recorded change is not in it yet.
    private(set) var directory: Directory?
    /// Whether its time has come.
    private(set) var holds = false

    private(set) var departures: [Departure] = []
    /// Calls that left their course.
    private(set) var departed: Set<StreamKey> = []
    /// Departures of the present input that still lack the decision that matters.
    private var unsettled: [StreamKey: Int] = [:]
    /// Calls that the record still has, and that would be over.
    private var gone: Set<CallID> = []

    /// Offered calls that were judged, and those for which there was no core.
    var judged = 0
    private(set) var unjudged = 0
    /// By place: what was done in words, or why it could not be.
    private(set) var made: [String: String] = [:]
    private(set) var failures: [String: ProvisioningError] = [:]

    /// Holds from the first event that is not before the time.
    init(_ supposition: Supposition, from: WallTime, hashes: Hashes) {
        self.supposition = supposition
        self.from = from
        self.hashes = hashes
    }

    // MARK: What is supposed

    /// Takes in a record that the state was moved by.
    func follow(_ record: Record) {
        if case .gatewayStarted(let event) = record.event {
            let domain = TrunkDomain(base: event.baseDomain)
            guard domain != recorded.domain else { return }
            recorded.domain = domain
        } else if record.event.isProvisioning {
            recorded.evolve(record.event)
        } else {
            return
        }
        directory = nil
    }

    func limit(_ settings: inout SwitchboardSettings) {
        if holds { supposition.limits.apply(to: &settings) }
    }

    /// The directory under the supposition when it is not the one of before; else nil.
    func renewedDirectory(at now: Moment) -> Directory? {
        guard now.wall >= from, directory == nil else { return nil }
        holds = true
        var renewed = recorded
        for (index, change) in supposition.changes.enumerated() {
            // Identifiers that are made for it are the same each time.
            var generator = SplitMix(seed: UInt64(index))
            do throws(ProvisioningError) {
                let (command, words) = try change.object.command(in: renewed)
                let decision = try renewed.decide(
                    command, at: now, hashes: hashes, using: &generator)
                renewed.evolve(decision.event)
                made[change.place] = words
            } catch {
                failures[change.place] = error
            }
        }
        directory = renewed
        return renewed
    }

    // MARK: Departures

    /// A call leaves its course; a nil outcome comes with one of the next decisions, or stays the other.
    func depart(
        _ stream: StreamKey, _ number: EventNumber, _ at: WallTime, _ outcome: Departure.Outcome?,
        or other: Departure.Outcome
    ) {
        guard stream != .gateway, departed.insert(stream).inserted else { return }
        if outcome == nil { unsettled[stream] = departures.count }
        let departure = Departure(
            call: stream.call, number: number, at: at, outcome: outcome ?? other)
        departures.append(departure)
        if departure.outcome.endsCall { gone.insert(stream.call) }
    }

    /// What the core decides about a call that has left its course with the same input.
    func decided(_ event: Event, _ stream: StreamKey) {
        guard let index = unsettled[stream], let outcome = Departure.Outcome(event) else { return }
        departures[index].outcome = outcome
        unsettled[stream] = nil
        if outcome.endsCall { gone.insert(stream.call) }
    }

    /// The input is through.
    func settle() { unsettled = [:] }

    /// A call for which there was no core.
    func leftOut(_ record: Record) {
        if record.stamp.wall >= from, case .callOffered = record.event { unjudged += 1 }
    }

    /// How many of the calls would be there. One whose course is not known counts as it was.
    func count(of calls: [CallID: Call]) -> Int {
        gone = gone.filter { calls[$0] != nil }
        return calls.count - gone.count
    }
}

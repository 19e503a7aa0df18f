// The figures that an operator looks at first.

import Domain
import EventStore
import Metrics

/// Metrics of the signalling loop.
struct GatewayMetrics {
    let datagrams = Counter(label: "trunkline_datagrams_received_total")
    let messages = Counter(label: "trunkline_messages_sent_total")
    private let challenges = Counter(label: "trunkline_challenges_total")
    private let unrecorded = Counter(label: "trunkline_unrecorded_refusals_total")
    private let malformed = Counter(label: "trunkline_malformed_datagrams_total")
    private let ends = CounterFamily("trunkline_calls_ended_total", "by", "cause")
    private let refusals = CounterFamily("trunkline_calls_refused_total", "reason")
    private let calls = Gauge(label: "trunkline_calls")
    private let decided = Gauge(label: "trunkline_log_events")
    private let durable = Gauge(label: "trunkline_log_durable_events")
    private let pending = Gauge(label: "trunkline_log_pending_bytes")
    private let syncs = Gauge(label: "trunkline_log_syncs")
    private let syncMedian = Gauge(
        label: "trunkline_log_sync_seconds", dimensions: [("quantile", "0.5")])
    private let syncSlowest = Gauge(
        label: "trunkline_log_sync_seconds", dimensions: [("quantile", "0.99")])
    private let isFull = Gauge(label: "trunkline_log_full")
    private let isSlow = Gauge(label: "trunkline_log_shedding")
    private let held = Gauge(label: "trunkline_held_messages")
    private let readyPorts = Gauge(label: "trunkline_rtp_ready_ports")

    /// Counts what became of calls.
    func count(_ records: [Record]) {
        for record in records {
            switch record.event {
            case .callEnded(let event): ends.count(event.by.name, event.cause.name)
            case .callRefused(let event): refusals.count(event.reason.name)
            case .unauthenticatedCounted(let event):
                challenges.increment(by: event.challenges)
                unrecorded.increment(by: event.refusals)
                malformed.increment(by: event.malformed)
            default: break
            }
        }
    }

    /// Sets what is looked at only when somebody asks.
    func refresh(_ core: Switchboard, heldMessages: Int) {
        calls.record(core.calls.count)
        decided.record(core.lastNumber)
        held.record(heldMessages)
        readyPorts.record(core.readyPortCount)
    }

    /// How the log and its disk are.
    func refresh(_ log: EventLog, isSpaceLow: Bool) {
        durable.record(log.durableNumber)
        pending.record(log.pendingBytes)
        syncs.record(log.syncCount)
        syncMedian.record(log.syncTime(0.5).seconds)
        syncSlowest.record(log.syncTime(0.99).seconds)
        isFull.record(isSpaceLow ? 1 : 0)
        isSlow.record(log.diskVerdict == .shedding ? 1 : 0)
    }
}

/// Counters of one name that are told apart by their dimensions. Looking one up in the metrics system takes
/// longer than most of what a call needs, so those that were used are kept.
private final class CounterFamily {
    private let label: String
    private let dimensions: [String]
    private var counters: [[String]: Counter] = [:]

    init(_ label: String, _ dimensions: String...) {
        self.label = label
        self.dimensions = dimensions
    }

    func count(_ values: String...) {
        if let known = counters[values] { return known.increment() }
        let counter = Counter(label: label, dimensions: Array(zip(dimensions, values)))
        counters[values] = counter
        counter.increment()
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(nanoseconds) / 1e9 }
}

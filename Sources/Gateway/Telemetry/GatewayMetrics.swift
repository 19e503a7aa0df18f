// The figures that an operator looks at first.

import Domain
import EventStore
import Metrics

/// Metrics of the signalling loop.
struct GatewayMetrics {
    let datagrams = Counter(label: "trunkline_datagrams_received_total")
    let messages = Counter(label: "trunkline_messages_sent_total")
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
            case .callEnded(let event):
                Counter(
                    label: "trunkline_calls_ended_total",
                    dimensions: [("by", event.by.name), ("cause", event.cause.name)]
                ).increment()
            case .callRefused(let event):
                Counter(
                    label: "trunkline_calls_refused_total",
                    dimensions: [("reason", event.reason.name)]
                ).increment()
            case .unauthenticatedCounted(let event):
                Counter(label: "trunkline_challenges_total").increment(by: event.challenges)
                Counter(label: "trunkline_unrecorded_refusals_total").increment(by: event.refusals)
                Counter(label: "trunkline_malformed_datagrams_total").increment(by: event.malformed)
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

extension Duration {
    fileprivate var seconds: Double { Double(nanoseconds) / 1e9 }
}

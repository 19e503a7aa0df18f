// What the program counts through swift-metrics, as text that Prometheus scrapes. Small on purpose: a
// gateway has a few figures that matter.

import Metrics
import Synchronization

/// Keeps the latest value of every metric.
final class MetricsRegistry: MetricsFactory {
    private let values = Mutex<[Series: MetricValue]>([:])

    /// A name with its dimensions.
    private struct Series: Hashable {
        var name: String
        var labels: String
        var kind: MetricValue.Kind
    }

    private func value(
        _ name: String, _ dimensions: [(String, String)], _ kind: MetricValue.Kind
    ) -> MetricValue {
        let labels = dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        return values.withLock { values in
            let series = Series(name: Self.cleaned(name), labels: labels, kind: kind)
            if let known = values[series] { return known }
            let value = MetricValue()
            // Labels come from closed lists; past this many something else is being counted.
            if values.count < 1_000 { values[series] = value }
            return value
        }
    }

    private static func cleaned(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" ? $0 : "_" })
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ")
    }

    /// Exposition format 0.0.4, by name.
    var text: String {
        let all = values.withLock { $0 }
        let names = Set(all.keys.map { $0.name }).sorted()
        return names.map { name in
            let series = all.filter { $0.key.name == name }
                .sorted { $0.key.labels < $1.key.labels }
            let kind = series.first?.key.kind ?? .gauge
            let lines = series.map { key, value in
                let labels = key.labels.isEmpty ? "" : "{\(key.labels)}"
                return "\(name)\(labels) \(value.text)\n"
            }
            return "# TYPE \(name) \(kind.rawValue)\n" + lines.joined()
        }.joined()
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        value(label, dimensions, .counter)
    }

    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        value(label, dimensions, .gauge)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        value(label + "_nanoseconds_total", dimensions, .counter)
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

/// One number that is counted up or set.
final class MetricValue: CounterHandler, RecorderHandler, TimerHandler {
    enum Kind: String, Sendable { case counter, gauge }

    private let current = Mutex(0.0)

    func increment(by amount: Int64) { current.withLock { $0 += Double(amount) } }
    func reset() { current.withLock { $0 = 0 } }
    func record(_ value: Int64) { current.withLock { $0 = Double(value) } }
    func record(_ value: Double) { current.withLock { $0 = value } }
    func recordNanoseconds(_ duration: Int64) { current.withLock { $0 += Double(duration) } }

    fileprivate var text: String {
        let value = current.withLock { $0 }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}

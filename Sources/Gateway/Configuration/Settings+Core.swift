// What the core is told of the configuration, and the way back to it from the record of a start.

package import Domain

extension Settings {
    /// The settings of the core of a build.
    package func switchboard(build: String) throws(SettingsError) -> SwitchboardSettings {
        let listeners = try listeners()
        var board = SwitchboardSettings(
            baseDomain: baseDomain.lowercased(), listeners: listeners,
            mediaAddresses: try mediaAddresses(listeners), mediaPorts: rtpPorts,
            product: "Trunkline/\(build)")
        board.ringTimeout = ringTimeout
        board.maximumDuration = maximumDuration
        board.noReplyTimeout = noReplyTimeout
        board.mediaSilence = mediaSilence
        return board
    }

    /// Reads what `recorded` writes, as far as the core is told of it; nil when it is not understood.
    package init?(recorded start: GatewayStarted) {
        let values = Dictionary(
            start.configuration.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        func list(_ key: String) -> [String] {
            (values[key] ?? "").split(separator: " ").map { String($0) }
        }
        func duration(_ key: String) -> Duration? {
            guard let text = values[key], text.hasSuffix(" seconds") else { return nil }
            return Double(text.dropLast(" seconds".count)).map { .seconds($0) }
        }
        guard let ringTimeout = duration("ring_timeout"),
            let maximumDuration = duration("maximum_duration"),
            let noReplyTimeout = duration("no_reply_timeout"),
            let mediaSilence = duration("media_silence"),
            let ports = try? Self.range(values["rtp_ports"] ?? "")
        else { return nil }
        self.init()
        baseDomain = start.baseDomain
        (sipListen, advertise) = (list("sip_listen"), list("advertise"))
        (rtpPorts, rtpAdvertise) = (ports, list("rtp_advertise"))
        self.ringTimeout = ringTimeout
        self.maximumDuration = maximumDuration
        self.noReplyTimeout = noReplyTimeout
        self.mediaSilence = mediaSilence
    }
}

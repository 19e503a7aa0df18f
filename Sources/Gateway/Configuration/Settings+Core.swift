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
        guard let ringTimeout = start.duration("ring_timeout"),
            let maximumDuration = start.duration("maximum_duration"),
            let noReplyTimeout = start.duration("no_reply_timeout"),
            let mediaSilence = start.duration("media_silence"),
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

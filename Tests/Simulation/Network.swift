// The network between gateway, callers and carriers: it loses datagrams, doubles them, holds them up and
// so lets them overtake each other, as much as it was told to.

import Domain

/// Datagrams on their way.
final class Network {
    /// What is done to datagrams; the chances are in percent.
    struct Weather {
        var loss = 0
        var duplication = 0
        var delay = 1...1

        static let calm = Weather()
    }

    private let world: World
    private let weather: Weather
    private var receivers: [Endpoint: (Octets, Endpoint) -> Void] = [:]
    private(set) var lost = 0

    init(_ world: World, _ weather: Weather) {
        self.world = world
        self.weather = weather
    }

    /// Who gets what is sent to an address.
    func attach(_ endpoint: Endpoint, _ receiver: @escaping (Octets, Endpoint) -> Void) {
        receivers[endpoint] = receiver
    }

    /// Nobody listens there any more.
    func detach(_ endpoint: Endpoint) { receivers[endpoint] = nil }

    func send(_ bytes: Octets, from source: Endpoint, to target: Endpoint) {
        var copies = 1
        if world.chance(weather.loss) { copies = 0 }
        if world.chance(weather.duplication) { copies += 1 }
        if copies == 0 { lost += 1 }
        for _ in 0..<copies {
            world.after(world.milliseconds(weather.delay)) { [self] in
                receivers[target]?(bytes, source)
            }
        }
    }
}

// Obeying the core: laying out a call's ports, changing them, closing them. Runs a few times for
// each call, so it may allocate.

import Domain

extension RelayLoop {
    func obey(_ order: RelayOrder) {
        switch order {
        case .set(let session): set(session)
        case .close(let call): close(call)
        }
    }

    private func set(_ session: RelaySession) {
        let known = numbers[session.call]
        let number = known ?? open(session)
        calls[number].forwardsFromCaller = session.forwardsFromCaller
        calls[number].echoes = session.echoes
        calls[number].silenceLimit = session.silenceLimit.nanoseconds
        calls[number].hear(at: now)
        layOut(session.streams.prefix(Limits.mediaDescriptions), session.reopensLatch, number)
        if known == nil { restore(session.latches, number) }
        nextTick = min(nextTick, calls[number].deadline)
    }

    private func open(_ session: RelaySession) -> Int {
        let call = RelayCall(session, at: now)
        let number = freeCalls.popLast() ?? calls.count
        if number == calls.count { calls.append(call) } else { calls[number] = call }
        numbers[session.call] = number
        return number
    }

    private func close(_ id: CallID) {
        guard let number = numbers.removeValue(forKey: id) else { return }
        for stream in calls[number].streams { closeSides(stream) }
        calls[number].streams = []
        reportFigures(number, isFinal: true)
        freeCalls.append(number)
    }

    // MARK: Layout

    /// Keeps the sides whose ports stay, opens new ones, and closes those that are not named.
    private func layOut(_ streams: ArraySlice<MediaStream>, _ reopens: Bool, _ call: Int) {
        var old = calls[call].streams
        var new: [RelayStream] = []
        for stream in streams {
            var slots = RelayStream()
            for leg in [Leg.caller, .destination] where stream[leg].port != 0 {
                slots[leg] =
                    reuse(&old, leg, port: stream[leg].port) ?? openSide(stream, leg, call: call)
            }
            for leg in [Leg.caller, .destination] {
                guard let side = slots[leg] else { continue }
                sides[side].stream = stream.index
                sides[side].across = slots[leg.other]
                sides[side].update(stream[leg], across: stream[leg.other], reopens: reopens)
            }
            new.append(slots)
        }
        for stream in old { closeSides(stream) }
        calls[call].streams = new
    }

    private func reuse(_ old: inout [RelayStream], _ leg: Leg, port: UInt16) -> Int? {
        for index in old.indices {
            guard let side = old[index][leg], sides[side].port == port else { continue }
            old[index][leg] = nil
            return side
        }
        return nil
    }

    /// Nil when the port cannot be had: the stream then stays dumb on that side.
    private func openSide(_ stream: MediaStream, _ leg: Leg, call: Int) -> Int? {
        guard let pair = ports.take(stream[leg].port) else { return nil }
        let number = freeSides.popLast() ?? sides.count
        let generation = number < sides.count ? sides[number].generation : 0
        let side = RelaySide(
            generation: generation, call: call, leg: leg, stream: stream.index, pair: pair,
            layout: stream[leg], ordered: ordered, at: now)
        if number == sides.count { sides.append(side) } else { sides[number] = side }
        _ = watch(pair.rtp, side.handle(number: number, isControl: false))
        _ = watch(pair.rtcp, side.handle(number: number, isControl: true))
        return number
    }

    private func closeSides(_ stream: RelayStream) {
        for leg in [Leg.caller, .destination] {
            guard let number = stream[leg] else { continue }
            let call = sides[number].call
            calls[call].settled[leg] = calls[call].settled[leg].adding(
                sides[number].figures.reported)
            unwatch(sides[number].pair)
            ports.release(sides[number].port, sides[number].pair, at: now)
            sides[number].generation &+= 1
            freeSides.append(number)
        }
    }

    private func restore(_ latches: [MediaLatched], _ call: Int) {
        for latch in latches {
            for stream in calls[call].streams {
                guard let side = stream[latch.leg], sides[side].stream == latch.stream else {
                    continue
                }
                if latch.rtcp {
                    sides[side].rtcp.restore(latch.remote)
                } else {
                    sides[side].rtp.restore(latch.remote)
                }
            }
        }
    }

    // MARK: Figures

    /// Totals that are not final are reported only when they have changed.
    func reportFigures(_ call: Int, isFinal: Bool) {
        var total = calls[call].settled
        for stream in calls[call].streams {
            for leg in [Leg.caller, .destination] {
                guard let side = stream[leg] else { continue }
                total[leg] = total[leg].adding(sides[side].figures.reported)
            }
        }
        total.isFinal = isFinal
        guard isFinal || total != calls[call].reported else { return }
        calls[call].reported = total
        reports.append(.figures(calls[call].id, total))
    }
}

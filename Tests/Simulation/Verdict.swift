// What must hold after every simulation: the log, its records, what the peers saw and what the process
// holds are one story, and nothing is left over.

import Domain
import SimulatedMachine

/// The faults of a run.
struct Verdict {
    private(set) var faults: [String] = []
    private var records: [Record] = []
    private var calls: [CallRecord] = []

    init(_ simulation: Simulation) {
        let machine = simulation.machine
        faults = machine.faults + machine.relay.faults
        guard let core = machine.core else {
            faults.append("the process is not running")
            return
        }
        do {
            records = try machine.records()
        } catch {
            faults.append("the log cannot be read: \(error)")
            return
        }
        checkFold(core)
        checkReplay()
        checkWhatIf()
        checkLeftovers(core, machine)
        checkRecords()
        checkMessages(machine)
        for caller in simulation.callers { check(caller) }
        for carrier in simulation.carriers {
            for leg in carrier.legs { check(leg) }
        }
    }

    private mutating func expect(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds { faults.append(fault()) }
    }

    // MARK: The gateway

    private mutating func checkFold(_ core: Switchboard) {
        let state = SwitchboardState(baseDomain: Machine.settings.baseDomain)
        for record in records { state.fold(record) }
        if let difference = CanonicalText(core.state).difference(from: CanonicalText(state)) {
            faults.append("what the process holds is not what the log says: \(difference)")
        }
    }

    /// Run again, the recorded inputs lead to the same decisions and the same bytes.
    private mutating func checkReplay() {
        let replay = Replay { _ in Machine.settings }
        for record in records { replay.take(record) }
        replay.finish()
        expect(replay.decisions > 0, "nothing was decided in the replay")
        for difference in replay.differences { faults.append("a replay differs: \(difference)") }
    }

    /// What changes nothing for any call leaves every one on its course.
    private mutating func checkWhatIf() {
        var supposition = Supposition()
        let unused = CarrierDraft(name: "unused", host: "192.0.2.1")
        supposition.changes = [
            Supposition.Change("carriers[0]", .carrier(nil, name: unused.name, unused))
        ]
        supposition.limits.calls = Limits.calls
        let whatIf = WhatIf(supposition, from: .distantPast, hashes: .forTests) { _ in
            Machine.settings
        }
        for record in records { whatIf.take(record) }
        whatIf.finish()
        expect(whatIf.changes == ["carrier unused made"], "nothing was supposed")
        expect(whatIf.unclearCalls == 0, "\(whatIf.unclearCalls) calls are unclear")
        for difference in whatIf.differences {
            faults.append("a what-if differs: \(difference.departure)")
        }
    }

    private mutating func checkLeftovers(_ core: Switchboard, _ machine: Machine) {
        expect(core.calls.isEmpty, "\(core.calls.count) calls never ended")
        expect(core.transactionCount == 0, "\(core.transactionCount) transactions never ended")
        expect(core.nextDeadline == nil, "a deadline is left")
        expect(machine.relay.sessionCount == 0, "\(machine.relay.sessionCount) calls have media")
        expect(
            core.readyPortCount == SimulatedRelay.portCount,
            "\(core.readyPortCount) of \(SimulatedRelay.portCount) ports came back")
    }

    private mutating func checkRecords() {
        var open: [CallID: CallRecord] = [:]
        var ends: [CallID: Int] = [:]
        var numbers: [UInt64] = []
        for record in records {
            let id = record.stream.call
            if let call = CallRecord(beginning: record) { open[id] = call }
            open[id]?.apply(record)
            switch record.event {
            case .callEnded(let event):
                ends[id, default: 0] += 1
                numbers.append(event.cdrNumber)
            case .callRefused(let event):
                ends[id, default: 0] += 1
                numbers.append(event.cdrNumber)
            default: break
            }
        }
        calls = open.values.sorted { $0.firstEvent < $1.firstEvent }
        for call in calls {
            let id = String(decoding: call.offered.sipCallID, as: UTF8.self)
            expect(ends[call.id] == 1, "\(id) ended \(ends[call.id] ?? 0) times")
            expect(call.isComplete, "the record of \(id) is not complete")
        }
        expect(numbers == numbers.indices.map { UInt64($0 + 1) }, "record numbers are \(numbers)")
    }

    /// What a peer may have seen is on disk, as it was, in the event that it waited for or one before.
    private mutating func checkMessages(_ machine: Machine) {
        var recorded: [Octets: EventNumber] = [:]
        for record in records {
            switch record.event {
            case .requestSent(let step), .responseSent(let step):
                if recorded[step.message] == nil { recorded[step.message] = record.number }
            default: break
            }
        }
        for message in machine.left {
            if message.event == 0 {
                let isRefusal =
                    message.bytes.starts(with: "SIP/2.0 4".utf8)
                    || message.bytes.starts(with: "SIP/2.0 5".utf8)
                expect(isRefusal, "more than a refusal left without waiting for the log")
                continue
            }
            // The ACK to what a peer says after the end of its call is in no event.
            if recorded[message.bytes] == nil, message.bytes.starts(with: "ACK ".utf8) { continue }
            guard let number = recorded[message.bytes], number <= message.event else {
                let line = String(decoding: message.bytes.prefix { $0 != 0x0d }, as: UTF8.self)
                return faults.append(
                    "\(line) left for event \(message.event), and the log has no such message")
            }
        }
    }

    // MARK: The peers

    private func call(_ callID: String, cseq: Int) -> CallRecord? {
        calls.last { $0.offered.sipCallID == Octets(callID.utf8) && Int($0.offered.cseq) == cseq }
    }

    private mutating func check(_ caller: Caller) {
        let name = caller.callID
        expect(caller.finals.count <= 1, "\(name) got \(caller.finals)")
        if caller.agent.isDead { return }
        expect(!caller.isWaiting, "\(name) still waits for a final response")
        if let side = caller.side { expect(side.isOver, "\(name) is still in a call") }
        guard let seen = caller.finals.first, let call = call(name, cseq: caller.cseq) else {
            return
        }
        let told =
            call.answered?.event.status ?? call.ended?.event.callerStatus ?? call.refused?.status
        expect(told == seen, "\(name) was told \(seen), and its record says \(told ?? 0)")
    }

    private mutating func check(_ leg: SimulatedCarrier.Leg) {
        let name = "the leg of \(leg.callID)"
        if let side = leg.side, leg.isAcknowledged {
            expect(side.isOver, "\(name) is still in a call")
        }
        let legs = calls.flatMap(\.attempts)
        guard let attempt = legs.first(where: { $0.routed.sipCallID == Octets(leg.callID.utf8) })
        else { return faults.append("\(name) is in no record") }
        if leg.isAcknowledged, leg.status < 300 {
            expect(
                200..<300 ~= attempt.status || attempt.lateAnswer,
                "\(name) was answered, and its record says \(attempt.status)")
        }
        if leg.isAcknowledged, leg.status >= 300 {
            expect(
                attempt.status == leg.status,
                "the \(leg.status) of \(name) was acknowledged, and its record says \(attempt.status)"
            )
        }
        if attempt.status >= 200 {
            expect(
                attempt.status == leg.status,
                "\(name) said \(leg.status), and its record says \(attempt.status)")
        }
    }
}

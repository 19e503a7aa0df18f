// A re-INVITE on its way from one leg to the other (RFC 3261 §14). It is state: a restart in the middle
// goes on with it.

extension Call {
    /// A re-INVITE of a peer as it came.
    package struct Offer {
        package var invite: SignallingStep
        /// The media layout at that time.
        package var streams: [MediaStream]
    }

    /// A re-INVITE that was relayed and has no final response yet.
    package struct Renegotiation {
        package var offer: Offer
        /// Our INVITE on the other leg.
        package var relayed: SignallingStep
        /// The last response to it, 0 for none.
        package var status: UInt16 = 0

        package var from: Leg { offer.invite.leg }
        /// The other side has spoken, so that a CANCEL may be sent.
        package var isProceeding: Bool { 100..<200 ~= status }
        package var isAnswered: Bool { 200..<300 ~= status }
        package var client: ClientKey { ClientKey(branch: relayed.branch.octets, method: .invite) }
        /// The offer will be the other side's: the ACK will bring the answer.
        package var awaitsAnswer: Bool { relayed.descriptionVersion == 0 }
    }
}

// What is to become of one simulated call, drawn at its beginning.

import Domain
import Glibc

/// Who calls whom, and how it goes.
struct CallPlan: Sendable {
    let customer: Customer
    let callerName: String
    let callerNumber: String
    let calledNumber: String
    let outcome: Outcome
    /// The destination rings this long after it was asked.
    let postDialDelay: Duration
    let ringTime: Duration
    let talkTime: Duration
    let callerHangsUp: Bool
    /// 183 with a description in place of 180.
    let hasEarlyMedia: Bool

    enum Outcome: Sendable {
        case answered
        /// The first carrier is out of service, the next one answers.
        case answeredElsewhere
        case busy
        case unknownNumber
        case noAnswer
        case cancelled
    }

    init(index: Int, customer: Customer, using random: inout SplitMix) {
        self.customer = customer
        callerName = Self.name(using: &random)
        callerNumber =
            customer.numberBlock + "\(Int.random(in: 1_000...9_999, using: &random))"
        // A bijection, so that every call has a number of its own and none looks like the next.
        let subscriber = (index &* 387_420_489 &+ 123_456_789) % 1_000_000_000
        calledNumber = Self.prefixes[index % Self.prefixes.count] + "\(1_000_000_000 + subscriber)"
        outcome = Self.outcome(Int.random(in: 0..<100, using: &random))
        postDialDelay = .milliseconds(Int.random(in: 150...1_800, using: &random))
        ringTime = .milliseconds(Int.random(in: 800...9_000, using: &random))
        // Most calls are short and some are not.
        let spread = -Double.logarithm(Double.random(in: 0.001...1, using: &random))
        talkTime = .milliseconds(Int(1_500 + spread * 9_000))
        callerHangsUp = Int.random(in: 0..<100, using: &random) < 58
        hasEarlyMedia = Int.random(in: 0..<100, using: &random) < 35
    }

    private static func outcome(_ percent: Int) -> Outcome {
        switch percent {
        case ..<60: .answered
        case ..<68: .answeredElsewhere
        case ..<80: .busy
        case ..<84: .unknownNumber
        case ..<87: .noAnswer
        default: .cancelled
        }
    }

    private static func name(using random: inout SplitMix) -> String {
        let given = givenNames[Int.random(in: 0..<givenNames.count, using: &random)]
        let family = familyNames[Int.random(in: 0..<familyNames.count, using: &random)]
        return "\(given) \(family)"
    }

    private static let prefixes = ["+49", "+44", "+1", "+33", "0", "00", "+4930", "+4144"]
    private static let givenNames = [
        "Anna", "Ben", "Clara", "David", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Karin",
        "Liam", "Mira", "Noah", "Olga", "Paul", "Quentin", "Rosa", "Samir", "Tilda", "Uwe", "Vera",
        "Wim", "Xenia", "Yusuf", "Zoe",
    ]
    private static let familyNames = [
        "Albrecht", "Baker", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ivanov",
        "Jansen", "Kowalski", "Lehmann", "Moreau", "Novak", "Olsen", "Petrov", "Quinn", "Rossi",
        "Schmidt", "Turner", "Ulrich", "Virtanen", "Weber", "Yilmaz", "Zimmermann",
    ]
}

extension Double {
    /// Glibc's, which Swift's own `Double` does not name.
    static func logarithm(_ value: Double) -> Double { log(value) }
}

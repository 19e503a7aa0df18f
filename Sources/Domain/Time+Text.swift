// Wall time as people and other programs read it: RFC 3339, always UTC, always nine digits, so that
// times sort as text.

extension WallTime: CustomStringConvertible {
    /// `2026-11-23T10:20:30.123456789Z`.
    package var description: String {
        let day: Int64 = 86_400
        let seconds = nanoseconds.floorDivided(by: 1_000_000_000)
        let fraction = nanoseconds - seconds * 1_000_000_000
        let days = seconds.floorDivided(by: day)
        let rest = seconds - days * day
        let (year, month, dayOfMonth) = Self.civil(fromDays: days)
        var out: Octets = []
        out.reserveCapacity(30)
        func write(_ value: Int64, _ width: Int, then separator: StaticString) {
            out.append(decimal: UInt64(value), width: width)
            separator.withUTF8Buffer { out += $0 }
        }
        write(year, 4, then: "-")
        write(month, 2, then: "-")
        write(dayOfMonth, 2, then: "T")
        write(rest / 3_600, 2, then: ":")
        write(rest / 60 % 60, 2, then: ":")
        write(rest % 60, 2, then: ".")
        write(fraction, 9, then: "Z")
        return String(decoding: out, as: UTF8.self)
    }

    /// Reads a date, or a date and time in UTC with any number of fractional digits up to nine.
    package init?(_ text: String) {
        let octets = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            octets.count >= range.upperBound ? octets[range].decimal(Int64.self) : nil
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            octets[4] == 0x2d, octets[7] == 0x2d, 1...12 ~= month, 1...31 ~= day
        else { return nil }
        var seconds = Self.days(year, month, day) * 86_400
        var fraction: Int64 = 0
        if octets.count > 10 {
            guard let hour = number(11..<13), let minute = number(14..<16),
                let second = number(17..<19), hour < 24, minute < 60, second < 61,
                octets[10] == 0x54 || octets[10] == 0x20, octets.last == 0x5a
            else { return nil }
            seconds += hour * 3_600 + minute * 60 + second
            let digits = octets[19...].dropLast()
            if !digits.isEmpty {
                guard digits.first == 0x2e, 2...10 ~= digits.count,
                    let value = digits.dropFirst().decimal(Int64.self)
                else { return nil }
                fraction = (digits.count..<10).reduce(value) { value, _ in value * 10 }
            }
        }
        self.init(nanoseconds: seconds * 1_000_000_000 + fraction)
    }

    /// Days since 1970-01-01 to a date of the Gregorian calendar, counted in eras of 400 years.
    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (year + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year.floorDivided(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

/**
 * Passwords of 12 and more characters that lists of leaked ones are led by, in lower case and without what stands between
 * words. Shorter ones are refused by their length.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `123456789012 1234567890123 12345678901234 1234567890qwerty 123456789abc 1234567890abc 1q2w3e4r5t6y 1q2w3e4r5t6y7u
   1q2w3e4r5t6y7u8i 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc zaq12wsxcde3 zaq1xsw2cde3 qazwsxedcrfv qazwsxedcrfvtgb
   qwertyuiop12 qwertyuiop123 qwertyuiop1234 qwertyuiopasdf qwertyuiopasdfgh qwertyqwerty qwerty123456 qwerty1234567
   qwerty12345678 qwerty123456789 qwertyasdfgh qwertyuiop12345 asdfghjkl123 asdfghjkl1234 asdfghjklqwerty asdfasdfasdf
   zxcvbnm12345 zxcvbnmasdfghjkl abcdefghijkl abcdefghijklm abcdefghijklmnop abcd12345678 abc123456789 abc1234567890
   a1b2c3d4e5f6 a1s2d3f4g5h6 aaaaaaaaaaaa 111111111111 000000000000 121212121212 123123123123 112233445566 987654321098
   password1234 password12345 password123456 password1234567 password12345678 password123456789 passwordpassword
   password!123 passw0rd1234 p@ssw0rd1234 p@ssword1234 mypassword12 mypassword123 mypassword1234 thepassword1
   changemeplease changeme1234 changeme12345 letmeinplease letmein12345 letmein123456 welcome12345 welcome123456
   welcomehome1 welcome2024! welcome2025! welcome2026! iloveyou1234 iloveyou12345 iloveyouforever iloveyousomuch
   iloveyoubaby iloveyou1314 administrator administrator1 administrator123 adminadmin12 adminadminadmin admin1234567
   admin12345678 admin123456789 superadmin123 rootrootroot root12345678 testtesttest test12345678 testpassword1
   defaultpassword temporarypassword trustno1trustno1 sunshine1234 princess1234 football1234 baseball1234 basketball12
   monkey123456 dragon123456 master123456 shadow123456 michael12345 superman1234 batman123456 liverpool123 manchester12
   manchesterunited chelseafootball spiderman1234 starwars1234 pokemon12345 minecraft123 computer1234 internet1234
   samsung12345 google123456 facebook1234 whatever1234 correcthorsebatterystaple correcthorsebattery
   thequickbrownfox nevergonnagiveyouup supercalifragilistic summer2024summer winter2025winter january123456
   unknownunknown secretsecret secret123456 topsecret123 mustermuster muster123456 mustermann123 maxmustermann`.split(
    /\s+/,
  ),
);

"""Common Japanese surnames and given names with their Hepburn reading, without long-vowel marks, as used in e-mail."""

SURNAMES = """
佐藤 sato 鈴木 suzuki 高橋 takahashi 田中 tanaka 伊藤 ito 渡辺 watanabe 山本 yamamoto 中村 nakamura 小林 kobayashi 加藤 kato
吉田 yoshida 山田 yamada 佐々木 sasaki 山口 yamaguchi 松本 matsumoto 井上 inoue 木村 kimura 林 hayashi 斎藤 saito 清水 shimizu
山崎 yamazaki 森 mori 池田 ikeda 橋本 hashimoto 阿部 abe 石川 ishikawa 山下 yamashita 中島 nakajima 石井 ishii 小川 ogawa
前田 maeda 岡田 okada 長谷川 hasegawa 藤田 fujita 後藤 goto 近藤 kondo 村上 murakami 遠藤 endo 青木 aoki 坂本 sakamoto
福田 fukuda 太田 ota 西村 nishimura 藤井 fujii 岡本 okamoto 藤原 fujiwara 中野 nakano 三浦 miura 金子 kaneko 中川 nakagawa
原田 harada 松田 matsuda 竹内 takeuchi 小野 ono 田村 tamura 中山 nakayama 和田 wada 石田 ishida 森田 morita 上田 ueda
原 hara 内田 uchida 柴田 shibata 酒井 sakai 宮崎 miyazaki 横山 yokoyama 高木 takagi 安藤 ando 宮本 miyamoto 大野 ohno
小島 kojima 谷口 taniguchi 今井 imai 工藤 kudo 高田 takada 増田 masuda 丸山 maruyama 杉山 sugiyama 村田 murata 大塚 otsuka
新井 arai 小山 koyama 平野 hirano 藤本 fujimoto 河野 kono 上野 ueno 野口 noguchi 武田 takeda 松井 matsui 千葉 chiba
岩崎 iwasaki 菅原 sugawara 木下 kinoshita 久保 kubo 佐野 sano 野村 nomura 松尾 matsuo 市川 ichikawa 菊地 kikuchi 杉本 sugimoto
古川 furukawa 大西 onishi 島田 shimada 水野 mizuno 桜井 sakurai 高野 takano 渡部 watabe 吉川 yoshikawa 山内 yamauchi 西田 nishida
飯田 iida 西川 nishikawa 小松 komatsu 北村 kitamura 安田 yasuda 五十嵐 igarashi 川口 kawaguchi 平田 hirata 関 seki
中田 nakata 久保田 kubota 服部 hattori 東 higashi 岩田 iwata 土屋 tsuchiya 川崎 kawasaki 福島 fukushima 本田 honda 辻 tsuji
樋口 higuchi 秋山 akiyama 永井 nagai 田口 taguchi 山中 yamanaka 中西 nakanishi 吉村 yoshimura 川上 kawakami 石原 ishihara 大橋 ohashi
松岡 matsuoka 馬場 baba 浜田 hamada 森本 morimoto 星野 hoshino 矢野 yano 浅野 asano 大島 oshima 吉岡 yoshioka 小池 koike
野田 noda 荒木 araki 大久保 okubo 熊谷 kumagai 松浦 matsuura 内藤 naito 黒田 kuroda 尾崎 ozaki 川村 kawamura 永田 nagata
望月 mochizuki 松村 matsumura 田辺 tanabe 堀 hori 大谷 otani 菅野 kanno 岡崎 okazaki 平井 hirai 早川 hayakawa
栗原 kurihara 児玉 kodama 篠原 shinohara 上村 uemura 須藤 sudo 福井 fukui 成田 narita 白石 shiraishi 小西 konishi 南 minami
高山 takayama 片山 katayama 藤川 fujikawa 本間 honma 関口 sekiguchi 今村 imamura 三宅 miyake 富田 tomita 土井 doi 西山 nishiyama
大山 oyama 岡村 okamura 奥村 okumura 坂口 sakaguchi 田島 tajima 桑原 kuwahara 天野 amano 小田 oda 片岡 kataoka 川田 kawada
渋谷 shibuya 榎本 enomoto 柳 yanagi 沢田 sawada 松下 matsushita 松原 matsubara 大川 okawa 吉野 yoshino 萩原 hagiwara 黒木 kuroki
岩本 iwamoto 甲斐 kai 田代 tashiro 宮田 miyata 根本 nemoto 宮下 miyashita 向井 mukai 竹田 taketa 塚本 tsukamoto 神田 kanda
水谷 mizutani 村井 murai 石黒 ishiguro 足立 adachi 三好 miyoshi 堀内 horiuchi 大石 oishi 中井 nakai 岸 kishi 星 hoshi
梅田 umeda 河合 kawai 滝沢 takizawa 町田 machida 小倉 ogura 奥田 okuda 二宮 ninomiya 福永 fukunaga 
山岡 yamaoka 江口 eguchi 平松 hiramatsu 戸田 toda 川島 kawashima 広瀬 hirose 石橋 ishibashi 浜野 hamano 細川 hosokawa 牧野 makino
大森 omori 畑中 hatanaka 相沢 aizawa 小谷 kotani 庄司 shoji 長尾 nagao 稲垣 inagaki 柏木 kashiwagi 谷川 tanigawa 落合 ochiai
杉浦 sugiura 若林 wakabayashi 大竹 otake 金井 kanai 真田 sanada 出口 deguchi 土田 tsuchida 北川 kitagawa 米田 yoneda 松永 matsunaga
島崎 shimazaki 徳永 tokunaga 西尾 nishio 森下 morishita 立花 tachibana 木内 kiuchi 遠山 toyama 志村 shimura 川端 kawabata 野中 nonaka
日野 hino 宇野 uno 小泉 koizumi 三上 mikami 長田 osada 榊原 sakakibara 松崎 matsuzaki 湯浅 yuasa 緒方 ogata 有田 arita
"""

GIVEN = """
陽菜 hina 結衣 yui 葵 aoi 凛 rin 美咲 misaki さくら sakura 愛 ai 花子 hanako 恵子 keiko 由美 yumi
陽子 yoko 智子 tomoko 裕子 yuko 久美子 kumiko 真由美 mayumi 明美 akemi 直子 naoko 美穂 miho 彩 aya 麻衣 mai
千尋 chihiro 七海 nanami 優花 yuka 美優 miyu 莉子 riko 心愛 kokoa 結菜 yuna 杏 an 芽依 mei
琴音 kotone 紗希 saki 遥 haruka 萌 moe 愛美 manami 詩織 shiori 綾香 ayaka 真央 mao 未来 miku 楓 kaede
美月 mizuki 彩花 sayaka 理恵 rie 香織 kaori 里美 satomi 幸子 sachiko 和子 kazuko 節子 setsuko 京子 kyoko 洋子 hiroko
文子 fumiko 良子 ryoko 順子 junko 悦子 etsuko 典子 noriko 律子 ritsuko 光子 mitsuko 信子 nobuko 美智子 michiko
富美子 tomiko 千代子 chiyoko 春香 haruko 夏希 natsuki 秋子 akiko 冬美 fuyumi 奈々 nana 奈緒 nao 里奈 rina 加奈 kana
友美 tomomi 絵美 emi 絵里 eri 亜美 ami 亜希 aki 瞳 hitomi 望 nozomi 梓 azusa
茜 akane 泉 izumi 薫 kaoru 静香 shizuka 鈴 suzu 澪 mio 紬 tsumugi 咲良 sara 柚希 yuzuki 華 hana
千夏 chinatsu 小春 koharu 美羽 miu 彩葉 iroha 一花 ichika 日葵 himari 莉央 rio 真奈 mana 
雅子 masako 弘美 hiromi 尚美 naomi 恵美 megumi 玲奈 reina 麗 rei 蘭 ran 桃子 momoko 百合 yuri 百花 momoka
朱里 akari 千秋 chiaki 千佳 chika 美和 miwa 愛子 aiko 愛梨 airi 雅美 masami
蓮 ren 湊 minato 大翔 hiroto 悠真 yuma 樹 itsuki 颯太 sota 陽翔 haruto 蒼 ao 律 ritsu 朝陽 asahi
翔太 shota 健太 kenta 拓海 takumi 大輔 daisuke 直樹 naoki 健一 kenichi 太郎 taro 一郎 ichiro 次郎 jiro 三郎 saburo
翼 tsubasa 大樹 daiki 達也 tatsuya 哲也 tetsuya 和也 kazuya 智也 tomoya 拓也 takuya 真也 shinya 裕也 yuya 直也 naoya
隆 takashi 誠 makoto 浩 hiroshi 進 susumu 茂 shigeru 実 minoru 清 kiyoshi 勇 isamu 正 tadashi
修 osamu 豊 yutaka 学 manabu 聡 satoshi 剛 tsuyoshi 剣 ken 武 takeshi 淳 jun 亮 ryo
翔 sho 陸 riku 海斗 kaito 悠斗 yuto 大和 yamato 隼人 hayato 
龍之介 ryunosuke 慎之介 shinnosuke 健 takeru 駿 shun 俊介 shunsuke 圭介 keisuke 洋介 yosuke 祐介 yusuke 康介 kosuke
雄太 yuta 亮太 ryota 啓太 keita 幸太 kota 俊太 shunta 雅志 masashi
敦 atsushi 仁 jin 大地 daichi 拓馬 takuma 一馬 kazuma 勝 masaru 優 suguru 賢 satoru
秀樹 hideki 正樹 masaki 和樹 kazuki 裕樹 yuki 弘樹 hiroki 直人 naoto 健人 kento 正人 masato
義男 yoshio 和夫 kazuo 正夫 masao 幸夫 yukio 敏夫 toshio 文雄 fumio 邦夫 kunio 昭夫 akio 秀夫 hideo 
徹 toru 昇 noboru 満 mitsuru 守 mamoru 光 hikaru 渉 wataru 歩 ayumu
信也 nobuya 信彦 nobuhiko 和彦 kazuhiko 雅彦 masahiko 克彦 katsuhiko 義彦 yoshihiko 明彦 akihiko 孝之 takayuki 弘之 hiroyuki 雅之 masayuki
智之 tomoyuki 秀之 hideyuki 伸一 shinichi 浩一 koichi 純一 junichi 健二 kenji 浩二 koji 誠司 seiji
慎吾 shingo 大悟 daigo 圭吾 keigo 省吾 shogo 健吾 kengo 亮介 ryosuke 京介 kyosuke 颯 hayate 暖 dan
奏 kanade 朔 saku 悠 yu 蒼空 sora 碧 midori 岳 gaku 新 arata 旭 akira 司 tsukasa 瑛太 eita
文香 fumika 奈美 nami 美紀 miki 彩子 ayako 明日香 asuka 遼太郎 ryotaro 慎一郎 shinichiro 俊哉 toshiya 晴 haru 桜子 sakurako
亜由美 ayumi 真理子 mariko 由紀子 yukiko 麻里 mari 聖 hijiri 美奈子 minako 恵理香 erika 香澄 kasumi 雪乃 yukino 修平 shuhei
"""


def pairs(text: str) -> list[tuple[str, str]]:
    """(kanji, reading); no two of one list read the same."""
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))
